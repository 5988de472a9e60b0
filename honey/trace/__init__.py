"""Find decoys in dumps and hits, and say whose export they came from."""

"""One channel per file: a pure core (bytes and peer in, contact and answer out) and a `serve` that owns the sockets.

A listener is handed a `Recorder` and nothing else. None looks anything up, and none imports another.
"""

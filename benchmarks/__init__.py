"""Benchmarks: each runs its peer or physical limit beside ours in one run and prints ratios."""

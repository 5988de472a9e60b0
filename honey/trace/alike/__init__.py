"""Decoys as columns of small numbers: which of thousands one row cannot tell apart, without looking at each."""

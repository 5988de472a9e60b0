"""Dumps of any kind as rows of text, streaming and under caps.

`files.open_dump` finds the files; `Source.records` yields batches of row texts; `Source.split` takes one row apart.
What cannot be read is said, never skipped in silence.
"""

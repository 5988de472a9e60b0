"""Secret codes over accounts, and what an observation of them proves. Arrays in, arrays out; no files, no clock."""

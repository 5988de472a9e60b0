"""Which lines of a block of bytes may hold a decoy value: whole-array work on raw UTF-8, nothing decoded. Pure."""

"""Placing decoys: rows written into the host under a journal, and rows added to an export as it passes through."""

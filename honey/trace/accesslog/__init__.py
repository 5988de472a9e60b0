"""Leaked real rows against the host's access record: who accessed more of them than its work explains."""

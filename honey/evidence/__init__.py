"""What makes a verdict re-checkable by an outsider: the tamper-evident log, the bundle, the offline verifier."""

"""Scanners' noise on every port leaves memory flat, the log bounded, and the chain whole."""

from pathlib import Path

from benchmarks.noise import replay

SHARE = 0.02  # of a day: 2,700 contacts
MEMORY_BYTES = 16 * 1024 * 1024  # caches fill up at first: a whole day took 10 MB more than its first tenth
LOG_BYTES = 16 * 1024 * 1024


def test_noise_is_recorded_without_growing(tmp_path: Path) -> None:
    readings = replay(tmp_path, SHARE)
    assert readings[-1].memory_bytes - readings[1].memory_bytes < MEMORY_BYTES
    assert readings[-1].log_bytes < LOG_BYTES
    # What is no question, no request and no call is no contact: the rest is on record.
    assert readings[-1].recorded > 0.7 * readings[-1].sent

"""What the collector records a second and how long a client waits, beside bare servers measured in the same run."""

from benchmarks.collector.table import main

__all__ = ["main"]

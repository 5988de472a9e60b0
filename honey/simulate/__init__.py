"""Simulated leaks judged by the real attribution and by four baselines; no files, no registry, no clock."""

"""Fuzz targets: `check(data)` of each module takes any bytes and fails where the code under test breaks its promise.

The modules need neither atheris nor a network; docs/fuzzing.md says how to run them and what each checks.
"""

"""What all tests share: an example may take as long as a busy machine needs, since speed is the benchmarks' matter."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

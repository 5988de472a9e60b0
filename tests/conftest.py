"""What all tests share: an example may take as long as a busy machine needs, since speed is the benchmarks' matter.

Commands speak English whatever the developer's machine speaks; tests of languages set the variables themselves.
"""

import os

from hypothesis import settings

# The same examples in every run, so that a build means what the last one meant; `make fuzz` looks for new ones.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.load_profile("patient")

os.environ["LC_ALL"] = "C.UTF-8"
for name in ("LANGUAGE", "LC_MESSAGES", "LANG"):
    os.environ.pop(name, None)

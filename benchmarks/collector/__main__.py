"""`python -m benchmarks.collector`."""

import sys

from benchmarks.collector.table import main

main(sys.argv[1:])

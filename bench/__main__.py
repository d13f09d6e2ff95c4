"""`python -m bench`."""

import sys

import bench.one_thread  # noqa: F401 before numpy
from bench.command import main

if __name__ == "__main__":
    sys.exit(main())

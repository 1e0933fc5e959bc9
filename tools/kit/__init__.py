"""What `tools/setup`, `tools/demo` and the end-to-end tests share: Python's own library and nothing else."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0])

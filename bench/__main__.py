"""`make bench`: every budget that this machine can measure. Prints and never fails."""

import sys

from bench import frames, userspace, viewers
from bench.table import HEAD

PARTS = {"P2": userspace.main, "P4": frames.main, "P5": viewers.main, "P6": userspace.configure}
"""What each part measures first; P3 comes with P2, R11 with P6. P1 needs the kernel module: `make bench-kernel`."""


def main() -> None:
    """Run the parts that are named, or all."""
    print(HEAD)
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()

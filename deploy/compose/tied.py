"""`tied.py PARENT SIGNAL COMMAND…` becomes COMMAND, which gets SIGNAL when PARENT is gone, however it went.

Linux only; elsewhere a killed parent leaves its children behind. It is run as a file and imports nothing of ours,
because it stands before every process of the fleet.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
NO_SUCH_COMMAND = 127


def main(parent: int, signal: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:
            sys.exit(128 + signal)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(NO_SUCH_COMMAND)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])

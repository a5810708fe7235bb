"""`python -m services` and `yui`: the same program."""

import sys

from services.cli.console import own_console
from services.cli.main import run


def main() -> None:
    sys.exit(run(sys.argv[1:], own_console()))


if __name__ == "__main__":
    main()

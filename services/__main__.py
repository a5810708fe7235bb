"""`python -m services` and `yui`: the same program."""

import signal
import sys

STOPPED = 2


def main() -> None:
    """SIGTERM ends a command as Ctrl-C does, also one in the background of a script, which begins with Ctrl-C ignored;
    those that run until they are told to stop take both for themselves.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        from services.cli.console import own_console  # noqa: PLC0415 - Ctrl-C may come while all that is loaded
        from services.cli.main import run  # noqa: PLC0415
        from shared.adapters.logs import log_errors_to_stderr  # noqa: PLC0415
    except KeyboardInterrupt:
        print("中止しました。", file=sys.stderr)  # noqa: T201 - there is no console yet
        sys.exit(STOPPED)
    log_errors_to_stderr()
    sys.exit(run(sys.argv[1:], own_console()))


if __name__ == "__main__":
    main()

"""Words typed by a person -> one call each."""

from __future__ import annotations

import sys

from reportgen.errors import ReportgenError

__all__ = ["command_line", "main"]


def command_line() -> None:
    """Run the command line as a process of its own, and end the process.

    What was to be tidied is tidied; taking pandas and scikit-learn apart, which Python does next,
    would keep a person waiting for half a second more.
    """
    import atexit
    import os

    # Threads that wait in a busy loop take the cores from whatever else a machine does; what is
    # loaded from here on reads this.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    code: object = 0
    try:
        main()
    except SystemExit as left:
        code = left.code
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    atexit._run_exitfuncs()  # noqa: SLF001  (there is no public word for it)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads any more
            code = code or 1
    os._exit(code if isinstance(code, int) else 0)


def main() -> None:
    """Run the command line; leaves with 0, 1, 2, 3 or 4 as the documentation says."""
    from reportgen.cli.app import app
    from reportgen.cli.say import fail, fail_unexpectedly

    try:
        app(prog_name="reportgen")
    except ReportgenError as error:
        sys.exit(fail(error))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the one place that writes down what nobody foresaw
        sys.exit(fail_unexpectedly(error))

"""Words typed by a person -> one call each."""

from __future__ import annotations

import sys

from reportgen.errors import ReportgenError

__all__ = ["main"]


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

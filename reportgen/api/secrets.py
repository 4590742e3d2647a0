"""Parameters of a call are published with the report, as those of a project are."""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.errors import ParameterError

__all__ = ["refuse_secrets"]


def refuse_secrets(names: Iterable[str]) -> None:
    """Refuse parameters that sound like a secret, before anything is run.

    Raises
    ------
    ParameterError
        All of them at once; their values are not repeated.
    """
    from reportgen.project_file.environment import is_secret

    found = sorted(name for name in names if name != "key" and is_secret(name))
    if found:
        raise ParameterError(
            "\n".join(
                f"parameter {name!r}: a parameter is published with the report, so it cannot be a "
                "secret. Let the board hold the credential: board.options."
                for name in found
            )
        )

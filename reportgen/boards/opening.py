"""How every remote board is opened: through ``pins``, without its caches and its pickles."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from reportgen.errors import MissingToolError, UserError
from reportgen.report import BoardSpec

__all__ = ["check_options", "failures", "need", "open_files", "open_pins"]

_OURS = frozenset({"cache", "allow_pickle_read", "versioned", "storage_options"})


def need(package: str, extra: str, subject: str) -> None:
    """Check that an optional package is there.

    Raises
    ------
    MissingToolError
        It is not installed; says how to get it.
    """
    if find_spec(package.partition(".")[0]) is None:
        raise MissingToolError(
            f"{subject} needs the package {package}, which is not installed. "
            f"Install it: pip install 'reportgen[{extra}]'"
        )


def check_options(spec: BoardSpec) -> None:
    """Refuse options that would undo what a board promises.

    Raises
    ------
    UserError
        A cache, or the reading of pickles, is asked for.
    """
    for option in sorted(_OURS & set(spec.options)):
        reason = (
            "pickles are allowed pin by pin, with allow_pickle"
            if option == "allow_pickle_read"
            else "reportgen decides it"
        )
        raise UserError(f"A board has no option {option!r}: {reason}. Leave it out.")


def open_pins(protocol: str, path: str | None, options: Mapping[str, Any]) -> Any:
    """Open a board of ``pins`` without its cache.

    Reading pickles is refused in so many words, so that the environment variable with which
    ``pins`` allows it allows nothing here.
    """
    import pins

    return pins.board(
        protocol, path, cache=None, allow_pickle_read=False, storage_options=dict(options)
    )


def open_files(protocol: str, path: str, options: Mapping[str, Any]) -> Any:
    """Give the file system of such a board."""
    return open_pins(protocol, path, options).fs


def failures(*names: str) -> tuple[type[Exception], ...]:
    """Look up the exceptions of a client by ``module:name``, after the client was imported."""
    found = []
    for name in names:
        module, _, kind = name.partition(":")
        found.append(getattr(import_module(module), kind))
    return tuple(found)

"""The files behind a project's own metrics; found without importing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

__all__ = ["metric_file", "metric_files"]


def metric_file(module: str, folder: Path) -> Path | None:
    """Find the file of a module in the project's folder; None: it is an installed package.

    Parameters
    ----------
    module : as in an import, ``metrics`` or ``checks.metrics``
    """
    place = folder.joinpath(*module.split("."))
    candidates = (place.with_name(f"{place.name}.py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def metric_files(names: Sequence[str], folder: Path) -> Mapping[str, str]:
    """Digest the files behind metrics: a page is no longer what it was when they change.

    Parameters
    ----------
    names : ``module:function``, or scorers, which have no file here

    Returns
    -------
    module -> SHA-256 of its file, of those in the project's folder
    """
    modules = sorted({name.partition(":")[0] for name in names if ":" in name})
    files = {module: metric_file(module, folder) for module in modules}
    return {
        module: sha256(path.read_bytes()).hexdigest()
        for module, path in files.items()
        if path is not None
    }

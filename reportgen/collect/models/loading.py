"""From the bytes of a model pin to an object, only as far as somebody allowed it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportgen.boards import Snapshot
from reportgen.errors import DataError, MissingToolError, TrustError

__all__ = ["load_model"]

_PICKLES = (".joblib", ".pkl", ".pickle", ".pt", ".pth")
_BROKEN = (AttributeError, ValueError, TypeError, EOFError, ImportError, KeyError, RuntimeError)


def load_model(snapshot: Snapshot, *, allow_pickle: bool) -> tuple[Any, str]:
    """Load a pinned model from the bytes that were hashed.

    A joblib pin is a pickle, whatever the model in it, and so is a file of torch: loading one
    can run any code. A file of skops with trusted types and xgboost's own ``.ubj`` are not.

    Parameters
    ----------
    allow_pickle : whether the project, or the person, allowed this pin by name

    Returns
    -------
    the model, and the version of scikit-learn that pickled it where that is known to differ
    from the one installed

    Raises
    ------
    TrustError
        The pin holds a pickle and nobody allowed it, or a skops file with types that are not
        trusted.
    MissingToolError
        The package that the model needs is not installed.
    DataError
        It does not load.
    """
    version, path = snapshot.version, snapshot.path
    if path.suffix == ".skops":
        return _load_skops(path, version.name), ""
    if path.suffix == ".ubj":
        return _load_xgboost(path, version.name), ""
    if version.type not in ("joblib", "file") or path.suffix not in _PICKLES:
        raise DataError(
            f"pin '{version.name}' is of type {version.type!r} ('{path.name}'), not a model. "
            "Models are joblib pins (as vetiver writes them), and files of skops (.skops), xgboost "
            "(.ubj) and torch (.pt)."
        )
    if not allow_pickle:
        raise TrustError(
            f"pin '{version.name}' holds a pickle: loading it can run any code. If you trust who "
            f"wrote this board, allow it: in reportgen.yml, board: {{allow_pickle: "
            f"[{version.name}]}}; without a project, --trust-model."
        )
    if path.suffix in (".pt", ".pth"):
        return _load_torch(path, version.name), ""
    return _load_joblib(path, version.name)


def _load_joblib(path: Path, name: str) -> tuple[Any, str]:
    import joblib
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = _unpickled(lambda: joblib.load(path), name)
    versions = [
        str(entry.message.original_sklearn_version)
        for entry in caught
        if isinstance(entry.message, InconsistentVersionWarning)
    ]
    return model, versions[0] if versions else ""


def _load_torch(path: Path, name: str) -> Any:
    try:
        import torch
    except ImportError as error:
        raise _missing("torch", name) from error
    model = _unpickled(lambda: torch.load(path, map_location="cpu", weights_only=False), name)
    if isinstance(model, dict):
        raise DataError(
            f"pin '{name}' holds the weights of a network without the network (a state_dict). Pin "
            "the module itself, as vetiver does."
        )
    return model


def _unpickled(load: Callable[[], Any], name: str) -> Any:
    try:
        return load()
    except ModuleNotFoundError as error:
        raise _missing((error.name or "").partition(".")[0], name) from error
    except _BROKEN as error:
        raise DataError(
            f"the model in pin '{name}' does not load here: {type(error).__name__}: {error}. "
            f"{_likely_cause(error)}"
        ) from error


def _likely_cause(error: Exception) -> str:
    if "__main__" in str(error):
        return (
            "Its class was defined in a notebook or script, and only its name was pinned: define "
            "it in a module that is installed here, and pin the model again."
        )
    return (
        "It was probably pickled with other package versions; the pin's required packages are in "
        "its data.txt."
    )


_PIP_NAMES = {"sklearn": "scikit-learn", "skimage": "scikit-image", "cv2": "opencv-python"}


def _missing(module: str, name: str) -> MissingToolError:
    package = _PIP_NAMES.get(module, module)
    return MissingToolError(
        f"the model in pin '{name}' needs the package '{package}': pip install {package}"
    )


def _load_skops(path: Path, name: str) -> Any:
    try:
        from skops import io
    except ImportError as error:
        raise MissingToolError(
            "Reading a skops model needs the package skops: pip install 'reportgen[skops]'"
        ) from error
    untrusted = io.get_untrusted_types(file=path)
    if untrusted:
        raise TrustError(
            f"pin '{name}' holds types that are not trusted: {', '.join(map(str, untrusted))}"
        )
    return io.load(path, trusted=[])


def _load_xgboost(path: Path, name: str) -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise _missing("xgboost", name) from error
    try:
        return xgboost.Booster(model_file=str(path))
    except ValueError as error:
        raise DataError(f"pin '{name}': '{path.name}' is no model of xgboost") from error

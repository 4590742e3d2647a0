"""The environment in which kernels are born: a fixed one, with nothing secret in it."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["FIXED", "nursery_environment"]

_PASSED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
FIXED = {
    "HOME": "/nonexistent",  # each kernel gets one; nothing of the user's may be read before
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980-01-01, the earliest that a zip file can hold
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others keep threads, which a fork would lose
    "MALLOC_ARENA_MAX": "2",  # each arena counts as 64 MB against the limit of memory
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def nursery_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of the nursery: a fixed one, and of ours only what finds programs.

    No secret can get in, since only named variables do. matplotlib's folder is shared by all
    renders, or each would list the fonts of the machine again; no matplotlibrc is ever in it.
    """
    passed = {name: outer[name] for name in _PASSED if name in outer}
    return {
        **passed,
        **FIXED,
        "PYTHONPATH": os.pathsep.join(_extra_paths()),
        "MPLCONFIGDIR": str(_cache_folder(outer) / "matplotlib"),
    }


def _extra_paths() -> list[str]:
    """Give where we import from, beyond what the interpreter finds by itself."""
    own = {str(Path(path)) for path in sysconfig.get_paths().values()}
    own |= {str(Path(path) / "lib-dynload") for path in own}
    paths = (str(Path(path or ".").absolute()) for path in sys.path)
    return [path for path in dict.fromkeys(paths) if path not in own and Path(path).is_dir()]


def _cache_folder(outer: Mapping[str, str]) -> Path:
    named = outer.get("REPORTGEN_CACHE") or outer.get("XDG_CACHE_HOME")
    folder = Path(named) if named else Path(outer.get("HOME", "/nonexistent")) / ".cache"
    folder = folder.absolute() / "reportgen"
    try:
        (folder / "matplotlib").mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:  # a home that cannot be written to
        folder = Path(tempfile.gettempdir()) / f"reportgen-{os.getuid()}"
        (folder / "matplotlib").mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder

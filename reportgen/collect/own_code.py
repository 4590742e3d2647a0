"""Objects of the project's own code, by ``module:name``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module, util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from reportgen.collect.metric_files import metric_file
from reportgen.errors import NotFoundError, near_miss

__all__ = ["load_module", "load_own"]


def load_own(name: str, folder: Path) -> Any:
    """Load what ``module:name`` names.

    Parameters
    ----------
    folder : of the project file, first on the path while the module is loaded

    Raises
    ------
    NotFoundError
        The module has no such name; says which one was probably meant.
    Exception
        Whatever the module raises.
    """
    module_name, _, attribute = name.partition(":")
    module = load_module(module_name, folder)
    if not hasattr(module, attribute):
        public = sorted(key for key in vars(module) if not key.startswith("_"))
        raise NotFoundError(f"{module_name} has no '{attribute}'. {near_miss(attribute, public)}")
    return getattr(module, attribute)


def load_module(module_name: str, folder: Path) -> ModuleType:
    """Load a module of the project, or one that is installed.

    A file of the project is loaded under a name of its content and place, so that two projects in
    one process keep apart, and a file that was edited is read again.
    """
    file = metric_file(module_name, folder)
    with _first_on_path(folder):
        if file is not None and "." not in module_name:
            return _from_file(module_name, file)
        return import_module(module_name)


@contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    place = str(folder)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        if place in sys.path:
            sys.path.remove(place)


class _AsItStands(SourceFileLoader):
    """Compiles a file each time, and keeps nothing beside it.

    Kept bytecode is taken for that of the file when size and second are the same: of a number that
    was changed at once, the old one would go on to be used.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _from_file(module_name: str, file: Path) -> ModuleType:
    digest = sha256(str(file.resolve()).encode() + b"\0" + file.read_bytes()).hexdigest()[:16]
    own_name = f"reportgen_own_{module_name}_{digest}"
    if own_name in sys.modules:
        return sys.modules[own_name]
    loader = _AsItStands(own_name, str(file))
    spec = util.spec_from_file_location(own_name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is not Python")
    module = util.module_from_spec(spec)
    sys.modules[own_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[own_name]
        raise
    return module

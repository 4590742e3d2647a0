"""One warm process for all tests of this folder: each test still has a kernel of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reportgen.execute.nbclient import NbclientKernel


@pytest.fixture(scope="session")
def kernel() -> Iterator[NbclientKernel]:
    with NbclientKernel.warm(imports=()) as warm:
        yield warm


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a template and give its path."""

    def write_template(text: str, name: str = "page.qmd") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_template

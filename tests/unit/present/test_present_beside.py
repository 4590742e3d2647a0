"""Figures drawn beside the cells are the figures that the cells would draw."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from reportgen.present import beside
from reportgen.present.draw import draw_panels, draw_series
from tests.unit.present.test_present_draw import SERIES

LINE, BARS = SERIES["line"], SERIES["bars"]


@pytest.fixture
def helper(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseProcess]:
    """Give this process a helper, as the nursery gives one to a kernel."""
    ours, its = socket.socketpair()
    with ours, its:
        started = get_context("fork").Process(target=_serve, args=(ours, its))
        started.start()
        monkeypatch.setenv("REPORTGEN_BESIDE", str(os.dup(ours.fileno())))
        beside._helper.cache_clear()
    yield started
    known = beside._helper()
    assert known is not None
    known._socket.close()
    beside._helper.cache_clear()
    started.join(timeout=60)
    assert started.exitcode is not None


def _serve(ours: socket.socket, its: socket.socket) -> None:
    ours.close()
    beside.serve(its.detach())


def test_without_a_helper_a_figure_is_there_at_once(tmp_path: Path) -> None:
    beside._helper.cache_clear()

    beside.place_svg(tmp_path / "line.svg", [LINE])

    assert (tmp_path / "line.svg").read_text(encoding="utf-8") == draw_series(LINE)
    beside.settle()


@pytest.mark.usefixtures("helper")
def test_the_helper_draws_the_same_bytes(tmp_path: Path) -> None:
    for number in range(2):
        beside.place_svg(tmp_path / f"line-{number}.svg", [LINE])
        beside.place_svg(tmp_path / f"bars-{number}.svg", [BARS])
    beside.place_svg(tmp_path / "panels.svg", [LINE, LINE])
    beside.settle()

    for number in range(2):
        assert (tmp_path / f"line-{number}.svg").read_text(encoding="utf-8") == draw_series(LINE)
        assert (tmp_path / f"bars-{number}.svg").read_text(encoding="utf-8") == draw_series(BARS)
    panels = (tmp_path / "panels.svg").read_text(encoding="utf-8")
    assert panels == draw_panels([LINE, LINE])


@pytest.mark.usefixtures("helper")
def test_what_the_helper_cannot_draw_is_an_error_of_the_cells(tmp_path: Path) -> None:
    beside.place_svg(tmp_path / "nowhere" / "line.svg", [LINE])

    with pytest.raises(FileNotFoundError, match="nowhere"):
        beside.settle()
    beside.place_svg(tmp_path / "line.svg", [LINE])
    beside.settle()
    assert (tmp_path / "line.svg").is_file()


def test_a_helper_that_is_gone_is_done_without(tmp_path: Path, helper: BaseProcess) -> None:
    beside.place_svg(tmp_path / "first.svg", [LINE])
    beside.settle()
    helper.kill()
    helper.join(timeout=60)

    beside.place_svg(tmp_path / "second.svg", [LINE])
    beside.place_svg(tmp_path / "third.svg", [LINE])
    beside.settle()

    for name in ("second", "third"):
        assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8") == draw_series(LINE)

"""Drawings: the same bytes each time, colours of the palette only, no markup from data."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from reportgen.present.alt import describe
from reportgen.present.draw import draw_panels, draw_series
from reportgen.present.spark import draw_bar, draw_spark
from reportgen.report import Interval, Provenance, Series
from reportgen.report.palette import LIGHT
from tests.present_support import HOSTILE, card_data, monitoring_data

WEEKS = tuple(f"2013-W{week}" for week in range(20, 30))


def history(**more: object) -> Series:
    given = {
        "name": "performance.recall.history",
        "title": "Recall by period",
        "mark": "line",
        "x": "period",
        "y": "value",
        "columns": {
            "period": WEEKS,
            "value": (0.7, 0.71, None, 0.69, None, None, 0.6, 0.62, 0.61, 0.55),
            "low": (0.6, 0.61, None, 0.59, None, None, 0.5, 0.52, 0.51, 0.45),
            "high": (0.8, 0.81, None, 0.79, None, None, 0.7, 0.72, 0.71, 0.65),
            "state": ("",) * 9 + ("provisional",),
        },
        "labels": {"value": "Recall", "period": "Period"},
        "units": {"value": "ratio"},
        "lines": {"minimum": 0.6},
        "provenance": Provenance(by="a@1"),
    }
    return Series(**{**given, **more})


SERIES = {
    "line": history(),
    "points": history(mark="points"),
    "bars": history(mark="bars", x="column", y="psi", lines={"watch": 0.1}, columns={
        "column": HOSTILE[:3], "psi": (0.4, 0.2, None), "noise": (0.1, 0.1, None)}),
    "grouped": history(mark="bars", x="bin", y="share", lines={}, columns={
        "bin": ("a", "b") * 2, "share": (0.4, 0.6, 0.5, 0.5), "group": ("x",) * 2 + ("y",) * 2}),
    "intervals": history(mark="intervals", x="level", lines={"overall": 0.7}, columns={
        "level": HOSTILE[:3], "value": (0.7, 0.6, None), "low": (0.6, 0.5, None),
        "high": (0.8, 0.7, None), "n": (100, 50, 3)}),
    "histogram": history(mark="histogram", x="score", lines={}, columns={
        "score": (0.1, 0.2, 0.3) * 2, "value": (1, 2, 3, 3, 2, 1), "group": ("a",) * 3 + ("b",) * 3}),
    "heatmap": history(mark="heatmap", x="predicted", y="true", lines={}, columns={
        "predicted": ("a", "b") * 2, "true": ("a", "a", "b", "b"), "n": (9, 1, 2, 8)}),
}  # fmt: skip


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_a_drawing_uses_the_palette_and_is_small(series: Series) -> None:
    svg = draw_series(series)
    assert set(re.findall(r"#[0-9a-fA-F]{6}", svg)) <= set(LIGHT.values())
    assert not re.search(r"rgb\(|stroke: (black|white)|fill: (black|white)", svg)
    assert len(svg) < 25_000
    assert "<metadata" not in svg
    assert "<!--" not in svg
    assert "<script" not in svg
    assert re.findall(r"font-family[^>]*?sans-serif", svg) == [
        (
            'font-family="Source Sans Pro, Source Sans 3, Segoe UI, Roboto, Helvetica Neue, Arial, '
            "sans-serif"
        )
    ]
    assert set(re.findall(r'url\(#(\w+)\)|href="#(\w+)"', svg)) <= {
        pair for name in re.findall(r' id="(\w+)"', svg) for pair in ((name, ""), ("", name))
    }
    assert draw_series(series) == svg


def test_another_process_draws_the_same_bytes(tmp_path: Path) -> None:
    script = (
        "import sys; from tests.unit.present.test_present_draw import SERIES, draw_series;"
        "sys.stdout.buffer.write(''.join(draw_series(SERIES[k]) for k in ('line', 'bars')).encode())"
    )
    root = str(Path(__file__).parents[3])
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": root, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland",
             "LC_ALL": "de_DE.UTF-8", "MPLCONFIGDIR": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert said.stdout.decode() == draw_series(SERIES["line"]) + draw_series(SERIES["bars"])


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    stroke = f"stroke: {LIGHT['series-1']}; stroke-width: 1.4;"  # of lines; dots are finer
    whole = history(lines={}, columns={"period": WEEKS, "value": (0.5,) * 10})
    assert draw_series(whole).count(stroke) == 1
    assert draw_series(history(lines={})).count(stroke) == 3


def test_a_provisional_point_is_hollow() -> None:
    provisional = draw_series(history())
    columns = {**history().columns, "state": ("",) * 10}
    settled = draw_series(history(columns=columns))
    assert f"fill: {LIGHT['paper']}; stroke: {LIGHT['series-1']}" in provisional
    assert f"fill: {LIGHT['paper']}; stroke: {LIGHT['series-1']}" not in settled


def test_small_multiples_keep_their_order() -> None:
    titles = ["Recall", "Accuracy", "Brier score"]
    members = [history(name=f"a.{t}", labels={"value": t}) for t in titles]
    svg = draw_panels(members)
    assert sorted(titles, key=svg.index) == titles
    assert set(re.findall(r"#[0-9a-fA-F]{6}", svg)) <= set(LIGHT.values())


@pytest.mark.parametrize("data", [card_data, monitoring_data], ids=["card", "monitoring"])
def test_every_series_that_is_measured_can_be_drawn(data: object) -> None:
    for series in data(hostile=True).series.values():
        svg = draw_series(series)
        assert svg.startswith("<svg")
        assert "<script" not in svg
        assert describe(series)


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_every_series_of_other_tasks_can_be_drawn(task: str) -> None:
    for series in card_data(task).series.values():
        assert draw_series(series).startswith("<svg")


def test_the_words_for_a_figure_name_extremes_and_the_last() -> None:
    assert describe(history()) == (
        "Recall by period. 7 points, 3 without a number; lowest 0.550 at 2013-W29, "
        "highest 0.710 at 2013-W21, last 0.550 at 2013-W29. minimum 0.600."
    )
    assert describe(SERIES["heatmap"]).startswith(
        "Recall by period. predicted a, true a: 9; predicted b, true b: 8"
    )
    assert describe(SERIES["grouped"]).count("points") == 2


def test_a_spark_shows_band_gap_and_hollow_end() -> None:
    svg = draw_spark(history())
    assert LIGHT["ok-soft"] in svg
    assert svg.count("M") == 3  # three stretches
    assert f'fill="{LIGHT["paper"]}"' in svg
    assert draw_spark(history(columns={"period": ("a",), "value": (1.0,)})) == ""


def test_the_bar_lies_between_zero_and_one() -> None:
    svg = draw_bar(0.5, Interval(low=0.4, high=0.6, method="wilson"), ratio=True)
    low, high = map(float, re.search(r'd="M([\d.]+) 6H([\d.]+)" stroke="#2166ac"', svg).groups())
    assert (low, high) == (65.0, 95.0)  # 5 + 0.4 and 0.6 of 150


def test_what_a_template_sets_changes_no_figure() -> None:
    plain = draw_series(SERIES["line"])
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True}):
        set_by_others = draw_series(SERIES["line"])
        assert matplotlib.rcParams["font.size"] == 30
    assert set_by_others == plain


@pytest.mark.parametrize("mark", ["intervals", "bars", "histogram", "line", "heatmap"])
def test_all_that_is_written_stands_inside_the_figure(mark: str) -> None:
    svg = draw_series(SERIES[mark])
    _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    texts = re.findall(
        r'<text style="([^"]*)"[^>]*?(?:x="([-\d.]+)" y="([-\d.]+)"|translate\(([-\d.]+) ([-\d.]+)\))'
        r"[^>]*>([^<]+)<",
        svg,
    )
    assert len(texts) > 4
    for style, x, y, turned_x, turned_y, said in texts:
        upright = bool(turned_x)
        left, line = float(x or turned_x), float(y or turned_y)
        wide = (
            0 if upright else 0.35 * float(re.search(r"font-size: ([\d.]+)", style)[1]) * len(said)
        )
        share = {"middle": 0.5, "end": 1.0}.get(
            (re.search(r"text-anchor: (\w+)", style) or [None, "start"])[1], 0.0
        )
        assert left - share * wide >= 0, said
        assert left + (1 - share) * wide <= width, said
        assert 0 <= line <= height, said


def test_a_named_group_has_its_key_and_one_without_a_name_has_none() -> None:
    groups = {"group": ("estimated",) * 5 + ("measured",) * 5, "state": ("",) * 10}
    plain = {name: column for name, column in history().columns.items() if name != "state"}
    several = history(name="b", columns={**plain, **groups})

    texts = re.findall(r"<text[^>]*>([^<]*)", draw_panels([history(), several]))

    assert [text for text in texts if text in ("estimated", "measured")] == [
        "estimated",
        "measured",
    ]
    assert "" not in texts


@pytest.mark.parametrize(("level", "below"), [(0.9, True), (0.8, True), (0.6, False)])
def test_the_name_of_a_level_at_the_top_stands_below_it(level: float, *, below: bool) -> None:
    svg = draw_series(history(lines={"limit": level}))

    name = re.search(r'<text[^>]* y="([\d.]+)">limit', svg)
    line = re.search(r'<path d="M [\d.]+ ([\d.]+)[^>]*stroke-dasharray', svg, re.DOTALL)
    assert name is not None
    assert line is not None
    assert (float(name[1]) > float(line[1])) == below  # y grows downwards

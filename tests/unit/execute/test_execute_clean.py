from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from reportgen.execute.clean import clean_text

FOLDER = Path("/srv/renders/abc")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"),
        ("<object object at 0x7f3a1c2b4d50>", "<object object at 0x…>"),
        ("0xff stays", "0xff stays"),
        ("/srv/renders/abc/figures/a.svg and /srv/renders/abc", "figures/a.svg and ."),
        ("/usr/lib/python3.11/json/decoder.py:337", "json/decoder.py:337"),
        ("/opt/v/lib/python3.12/site-packages/pandas/core.py", "pandas/core.py"),
        ("~/v/lib/python3.12/site-packages/pandas/core.py", "pandas/core.py"),
        ("/tmp/ipykernel_12/345.py:3: UserWarning: x", "a.qmd:12: UserWarning: x"),
        ("invalid syntax (2917246964.py, line 2)", "invalid syntax"),
        (f"{sys.prefix}/bin/python", "bin/python"),
    ],
)
def test_what_differs_between_machines_is_taken_out(text: str, cleaned: str) -> None:
    assert clean_text(text, [FOLDER], ("a.qmd", 10)) == cleaned


def test_long_lines_are_no_trouble() -> None:
    text = "ab/" * 100_000 + " /x/lib/python3.11/y.py"
    started = time.perf_counter()
    assert clean_text(text, [FOLDER]).endswith(" y.py")
    assert time.perf_counter() - started < 3

"""The fingerprint changes with everything that decides the bytes, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.publish import fingerprint
from tests.unit.publish.sample import sample_inputs

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
INPUTS = st.dictionaries(
    st.text(), st.recursive(SCALARS, lambda inner: st.lists(inner), max_leaves=8), max_size=5
)


@given(INPUTS)
def test_the_order_of_inputs_does_not_matter(inputs: dict[str, object]) -> None:
    backwards = dict(reversed(list(inputs.items())))
    assert fingerprint(backwards) == fingerprint(inputs)


@given(INPUTS, INPUTS)
def test_other_inputs_have_another_fingerprint(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (repr_of(one) == repr_of(other))


def repr_of(inputs: dict[str, object]) -> str:
    return repr(sorted(inputs.items()))


@pytest.mark.parametrize(
    "changed",
    [
        {"pins": {"model": {"name": "late-flights", "version": "1", "sha256": "0" * 63 + "1"}}},
        {"template": "2" * 64},
        {"parameters": {"top": 1}},
        {"formats": ("html",)},
        {"engine": "quarto"},
        {"versions": {"reportgen": "0.1.1", "pandoc": "3.9"}},
    ],
)
def test_each_input_counts(changed: dict[str, object]) -> None:
    assert fingerprint(sample_inputs(**changed)) != fingerprint(sample_inputs())


def test_dates_durations_and_sets_have_one_spelling() -> None:
    inputs = {
        "day": date(2013, 7, 1),
        "moment": datetime(2013, 7, 1, tzinfo=UTC),
        "delay": timedelta(days=2),
        "names": {"b", "a", "c"},
    }
    plain = {
        "day": "2013-07-01",
        "moment": "2013-07-01T00:00:00Z",
        "delay": 172800.0,
        "names": ["a", "b", "c"],
    }
    assert fingerprint(inputs) == fingerprint(plain)


def test_a_path_is_refused_because_it_differs_between_machines() -> None:
    with pytest.raises(TypeError, match=r"settings\.logo: a path differs"):
        fingerprint({"settings": {"logo": Path("logo.svg")}})


def test_another_hash_seed_zone_and_locale_give_the_same() -> None:
    code = "from reportgen.publish import fingerprint; print(fingerprint({'s': {'x', 'y', 'ü'}}))"
    seen = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        seen.add(
            subprocess.run(
                [sys.executable, "-c", code], env=env, capture_output=True, check=True
            ).stdout
        )
    assert len(seen) == 1

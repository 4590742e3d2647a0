"""For any rows and any minimum: what is hidden cannot be had from what is shown."""

from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure import measure_evaluation
from reportgen.report.frame import EvaluationFrame

_ROW = st.tuples(
    st.sampled_from("aaaab"),  # mostly of one level, so that some groups are small
    st.sampled_from("xxyz"),
    st.sampled_from(["k", "k", "l", None]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)


def _frame(rows, minimum, *, crossed, task="classification"):
    first, second, third, truth, said, labelled = zip(*rows, strict=True)
    segments = {
        "one": pd.Series(first, dtype=object),
        "two": pd.Series(second, dtype=object),
        "three": pd.Series(third, dtype=object),
    }
    if crossed:
        segments["one×two"] = segments["one"] + " × " + segments["two"]
        segments["two×three"] = segments["two"] + " × " + segments["three"]
    known = [label if kept else None for label, kept in zip(truth, labelled, strict=True)]
    return EvaluationFrame(
        task=task,
        target="y",
        truth=pd.Series(known, dtype=object),
        predicted=np.array(said),
        classes=(False, True),
        positive=True,
        features=pd.DataFrame(),
        segments=segments,
        minimum_group=minimum,
    )


def _sets(frame):
    """Rows of each group, as 0 and 1 over the rows of the data; keyed by the value that counts."""
    labelled = frame.truth.notna().to_numpy()
    found = {}
    for segment, levels in frame.segments.items():
        words = levels.where(levels.notna(), "(unknown)")
        for level in words.unique():
            inside = (words == level).to_numpy()
            found[f"representation.share[{segment}={level}]"] = inside.astype(float)
            if (inside & labelled).any():
                found[f"evaluation.rows[{segment}={level}]"] = (inside & labelled).astype(float)
    return found


def _follows(target, shown):
    """Whether a set is a sum of others, by the rank of the matrix: no code of ours."""
    matrix = np.array(shown)
    rank = np.linalg.matrix_rank(matrix, tol=1e-7)
    return np.linalg.matrix_rank(np.vstack([matrix, target]), tol=1e-7) == rank


def _check(hidden, shown, totals, sets, counted):
    """Sets that totals add up to are left out: by chance they are all rows, and no card hides those."""
    for name in hidden:
        assert not _follows(sets[name], shown) or _follows(sets[name], totals), name
    by_segment = {}
    for name in hidden:
        by_segment.setdefault(name.partition("=")[0], []).append(name)
    for names in by_segment.values():
        for many in {2, 3, len(names)}:
            for chosen in combinations(names, many):
                union = sum(sets[name] for name in chosen)
                if counted(union) and _follows(union, shown) and not _follows(union, totals):
                    raise AssertionError(f"{chosen} together are too few, and can be had")


@given(rows=st.lists(_ROW, min_size=8, max_size=60), minimum=st.integers(2, 12),
       crossed=st.booleans())  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_no_count_that_is_hidden_follows_from_those_that_are_shown(rows, minimum, crossed):
    frame = _frame(rows, minimum, crossed=crossed)
    part = measure_evaluation(frame)
    values = {value.name: value for value in part.values}
    sets = _sets(frame)
    assert set(sets) == {
        n for n in values if n.startswith(("evaluation.rows[", "representation.share["))
    }
    shown = [sets[n] for n in sets if values[n].number is not None]
    totals = [np.ones(len(rows)), frame.truth.notna().to_numpy(float)]
    hidden = [n for n in sets if values[n].number is None]
    for name, inside in sets.items():
        assert name in hidden or not 0 < inside.sum() < minimum
    if totals[1].sum() < minimum:
        return  # all rows are too few, and they are no group
    _check(hidden, shown + totals, totals, sets, lambda union: 0 < union.sum() < minimum)


@given(rows=st.lists(_ROW, min_size=20, max_size=60), minimum=st.integers(2, 8))
@settings(max_examples=25, deadline=None)
def test_no_outcome_of_few_follows_from_those_that_are_shown(rows, minimum):
    frame = _frame(rows, minimum, crossed=True)
    part = measure_evaluation(frame)
    values = {value.name: value for value in part.values}
    sets = {n: s for n, s in _sets(frame).items() if n.startswith("evaluation.rows[")}
    labelled = frame.truth.notna().to_numpy()
    positive = (frame.truth == True).to_numpy()  # noqa: E712
    said = np.asarray(frame.predicted)

    def few(inside):
        own = inside.astype(bool) & labelled
        counts = [(own & positive).sum(), (own & ~positive).sum()]
        counts += [n for n in ((own & said).sum(), (own & ~said).sum()) if n]
        return own.any() and min(counts) < minimum

    if few(labelled.astype(float)):
        return

    def told(name):
        path = name.replace("evaluation.rows", "evaluation.accuracy")
        return not (values[path].reason or "").startswith("not shown")

    shown, totals = [sets[n] for n in sets if told(n)], [labelled.astype(float)]
    hidden = [n for n in sets if not told(n)]
    assert all(n in hidden or not few(inside) for n, inside in sets.items())
    _check(hidden, shown + totals, totals, sets, few)


@given(rows=st.lists(_ROW, min_size=8, max_size=40), minimum=st.integers(2, 12), data=st.data())
@settings(max_examples=6, deadline=None)
def test_the_order_of_rows_does_not_choose_what_is_hidden(rows, minimum, data):
    part = measure_evaluation(_frame(rows, minimum, crossed=True))
    shuffled = data.draw(st.permutations(rows))
    other = measure_evaluation(_frame(shuffled, minimum, crossed=True))
    assert part == other

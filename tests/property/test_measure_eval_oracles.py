"""For any rows every point is scikit-learn's, or there is a reason where scikit-learn invents one.

Ties, constant scores, one class missing, weights of 0, no rows and a single row are all drawn.
"""

import warnings

import numpy as np
import pytest
import sklearn.metrics as skm
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.measure.metrics.classification import (
    BINARY_METRICS,
    BinaryRows,
    estimate_classification,
)
from reportgen.measure.metrics.multiclass import (
    MULTICLASS_METRICS,
    MulticlassRows,
    estimate_multiclass,
)
from reportgen.measure.metrics.regression import (
    REGRESSION_METRICS,
    RegressionRows,
    estimate_regression,
)
from reportgen.measure.metrics.top_k import top_accuracies

WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, 3.0])
TIED = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.9, 1.0])
SCORES = st.one_of(TIED, st.floats(0, 1).map(lambda x: round(x, 3)), st.just(0.5))


def columns(rows, width):
    """The columns of drawn rows; as many empty ones where there are no rows."""
    return [np.array(column) for column in zip(*rows, strict=True)] or [np.array([])] * width


def asked(function, *given, **more):
    """Ask scikit-learn, which warns of what it has to invent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(*given, **more))


def agree(found, expected):
    """Each number is that of the other implementation; without one there is a reason."""
    assert found.keys() == expected.keys()
    for name, number in expected.items():
        estimate = found[name]
        if number is None:
            assert estimate.number is None, name
            assert estimate.reason, name
            assert estimate.interval is None, name
            continue
        assert estimate.number == pytest.approx(number, rel=1e-9, abs=1e-9), name
        if estimate.interval is not None:
            assert estimate.interval.low <= estimate.number <= estimate.interval.high, name


def two_classes(truth, said, scores, weights):
    """Every metric of two classes by scikit-learn; None where it is not defined."""
    if not len(truth):
        return dict.fromkeys((*BINARY_METRICS, "selection_rate", "prevalence"))
    more = {"sample_weight": weights}
    both = truth.any() and not truth.all()
    return {
        "accuracy": asked(skm.accuracy_score, truth, said, **more),
        "balanced_accuracy": asked(skm.balanced_accuracy_score, truth, said, **more)
        if both
        else None,
        "precision": asked(skm.precision_score, truth, said, **more) if said.any() else None,
        "recall": asked(skm.recall_score, truth, said, **more) if truth.any() else None,
        "specificity": asked(skm.recall_score, ~truth, ~said, **more) if not truth.all() else None,
        "f1": asked(skm.f1_score, truth, said, **more) if (truth | said).any() else None,
        "matthews_corrcoef": asked(skm.matthews_corrcoef, truth, said, **more) if both else None,
        "roc_auc": asked(skm.roc_auc_score, truth, scores, **more) if both else None,
        "average_precision": asked(skm.average_precision_score, truth, scores, **more)
        if truth.any()
        else None,
        "brier": float(np.average((truth - scores) ** 2, weights=weights)),
        "log_loss": asked(skm.log_loss, truth, scores, labels=[False, True], **more),
        "selection_rate": float(np.average(said, weights=weights)),
        "prevalence": float(np.average(truth, weights=weights)),
    }


@given(
    rows=st.lists(st.tuples(st.booleans(), st.booleans(), SCORES, WEIGHTS), max_size=30),
    weighted=st.booleans(),
    constant=st.booleans(),
)
@settings(max_examples=70, deadline=None)
def test_two_classes_are_scikit_learns(rows, weighted, constant):
    truth, said, scores, weights = columns(rows, 4)
    truth, said, scores = truth.astype(bool), said.astype(bool), scores.astype(float)
    scores = np.full(len(scores), 0.5) if constant else scores
    heavy = weights > 0 if weighted else np.ones(len(truth), dtype=bool)
    names = (*BINARY_METRICS, "selection_rate", "prevalence")
    found = estimate_classification(
        BinaryRows(
            truth=truth, predicted=said, scores=scores, weights=weights if weighted else None
        ),
        names,
        replicates=50,
    )
    own = weights[heavy] if weighted else None
    agree(found, two_classes(truth[heavy], said[heavy], scores[heavy], own))


def several_classes(truth, said, scores, weights, classes):
    if not len(truth):
        return dict.fromkeys(MULTICLASS_METRICS)
    more = {"sample_weight": weights}
    found = {
        "accuracy": asked(skm.accuracy_score, truth, said, **more),
        "balanced_accuracy": asked(skm.balanced_accuracy_score, truth, said, **more),
    }
    for name, score, average in (
        ("precision_macro", skm.precision_score, "macro"),
        ("recall_macro", skm.recall_score, "macro"),
        ("f1_macro", skm.f1_score, "macro"),
        ("f1_weighted", skm.f1_score, "weighted"),
    ):
        found[name] = asked(score, truth, said, average=average, zero_division=0, **more)
    several = len(set(truth)) > 1
    found["matthews_corrcoef"] = (
        asked(skm.matthews_corrcoef, truth, said, **more) if several else None
    )
    # One class against the rest, by hand: scikit-learn refuses rows in which a class is missing.
    areas = [
        asked(skm.roc_auc_score, truth == code, scores[:, code], **more)
        if 0 < (truth == code).sum() < len(truth)
        else None
        for code in range(classes)
    ]
    found["roc_auc_ovr"] = None if None in areas else float(np.mean(areas))
    labels = list(range(classes))
    found["log_loss"] = asked(skm.log_loss, truth, scores, labels=labels, **more)
    return found


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 2),
            st.tuples(*[st.sampled_from([1.0, 1.0, 2.0, 5.0])] * 3),
            WEIGHTS,
        ),
        max_size=25,
    ),
    weighted=st.booleans(),
    constant=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_several_classes_are_scikit_learns(rows, weighted, constant):
    truth, said, odds, weights = columns(rows, 4)
    truth, said = truth.astype(int), said.astype(int)
    odds = np.ones((len(truth), 3)) if constant or not len(truth) else odds
    scores = odds / odds.sum(axis=1, keepdims=True)
    heavy = weights > 0 if weighted else np.ones(len(truth), dtype=bool)
    given_rows = MulticlassRows(
        truth=truth,
        predicted=said,
        classes=3,
        scores=scores,
        weights=weights if weighted else None,
    )
    found = estimate_multiclass(given_rows, MULTICLASS_METRICS, replicates=50)
    own = weights[heavy] if weighted else None
    agree(found, several_classes(truth[heavy], said[heavy], scores[heavy], own, 3))
    top = top_accuracies(given_rows)
    if not heavy.any():
        assert top == {}
    else:
        agree(top, {"top_2_accuracy": by_lot(truth[heavy], scores[heavy], own)})


def by_lot(truth, scores, weights):
    """Top-2 accuracy, averaged over all ways to break the ties."""
    hits = []
    for true, own in zip(truth, scores, strict=True):
        orders = [
            sorted(range(3), key=lambda code: (-own[code], order[code]))
            for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
        ]
        hits.append(np.mean([true in order[:2] for order in orders]))
    return float(np.average(hits, weights=weights))


def numbers(truth, said, weights):
    if not len(truth):
        return dict.fromkeys(REGRESSION_METRICS)
    more = {"sample_weight": weights}
    varies = len(truth) > 1 and truth.min() < truth.max()
    return {
        "mae": asked(skm.mean_absolute_error, truth, said, **more),
        "rmse": asked(skm.root_mean_squared_error, truth, said, **more),
        "r2": asked(skm.r2_score, truth, said, **more) if varies else None,
        "median_absolute_error": middle(np.abs(truth - said), weights),
        "mape": asked(skm.mean_absolute_percentage_error, truth, said, **more)
        if (truth != 0).all()
        else None,
        "mean_error": float(np.average(said - truth, weights=weights)),
    }


def middle(errors, weights):
    """The median; of weighted errors the smallest that half of the weight does not exceed."""
    if weights is None:
        return float(np.median(errors))
    return float(min(e for e in errors if weights[errors <= e].sum() >= weights.sum() / 2))


@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.integers(-500, 500).map(float)),
            st.integers(-500, 500).map(float),
            WEIGHTS,
        ),
        max_size=25,
    ),
    weighted=st.booleans(),
)
@settings(max_examples=70, deadline=None)
def test_numbers_are_scikit_learns(rows, weighted):
    truth, said, weights = (column.astype(float) for column in columns(rows, 3))
    heavy = weights > 0 if weighted else np.ones(len(truth), dtype=bool)
    found = estimate_regression(
        RegressionRows(truth=truth, predicted=said, weights=weights if weighted else None),
        replicates=50,
    )
    agree(found, numbers(truth[heavy], said[heavy], weights[heavy] if weighted else None))
    assert all(estimate.n <= heavy.sum() for estimate in found.values())

"""What was found of importance, and what may be said of each feature."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.measure.importance.sample import Sample, Shuffled, words_of
from reportgen.measure.statistics.association import Associated
from reportgen.measure.statistics.comparisons import holm, interval_p
from reportgen.measure.statistics.intervals import Array
from reportgen.report import value_name

__all__ = ["BETTER", "NOTHING", "PERHAPS", "RELIED", "Relied", "name_of", "rank_of", "readings_of"]

RELIED, NOTHING, BETTER = "relied on", "no measurable effect", "better when shuffled"
PERHAPS = "perhaps "


@dataclass(frozen=True, slots=True, kw_only=True)
class Relied:
    """All that was found of importance.

    Attributes
    ----------
    said : shape (m,), the answers to the sample as it is
    features : one for each feature, in the order of the columns
    together : groups of features that move together
    unlike : rows that got another answer when asked about again
    """

    sample: Sample
    said: Array
    features: tuple[Shuffled, ...]
    together: tuple[tuple[Associated, Shuffled], ...]
    unlike: int

    @property
    def ranked(self) -> tuple[Shuffled, ...]:
        """Features by importance, those without a number last."""
        return tuple(sorted(self.features, key=rank_of))

    @property
    def is_measured(self) -> bool:
        """Whether any feature has a number."""
        return any(each.loss.number is not None for each in self.features)


def rank_of(shuffled: Shuffled) -> tuple[bool, float, int]:
    """Sort key: the largest loss first, those without a number last."""
    number = shuffled.loss.number
    return number is None, -(number or 0.0), shuffled.features[0]


def name_of(relied: Relied, shuffled: Shuffled) -> str:
    """Name the value of a feature, or of features shuffled together."""
    words = words_of(relied.sample, shuffled.features)
    if len(shuffled.features) > 1:
        return value_name("importance.permutation", features=words)
    return value_name("importance.permutation", feature=words)


def readings_of(relied: Relied) -> dict[tuple[int, ...], str]:
    """What may be said of each feature, corrected for how many were looked at."""
    tried = [each for each in relied.features if each.loss.number is not None and not each.same]
    p = dict(
        zip((e.features for e in tried), holm([interval_p(e.loss) for e in tried]), strict=True)
    )
    found = {}
    for each in relied.features:
        if each.loss.number is None:
            found[each.features] = ""
        elif each.same:
            found[each.features] = f"{NOTHING}: no answer changes"
        else:
            found[each.features] = _reading(each, sure=p[each.features] < 1 - relied.sample.level)
    return found


def _reading(shuffled: Shuffled, *, sure: bool) -> str:
    interval, number = shuffled.loss.interval, shuffled.loss.number
    if number is None or interval is None or interval.low <= 0 <= interval.high:
        return NOTHING
    word = RELIED if number > 0 else BETTER
    return word if sure else f"{PERHAPS}{word}"

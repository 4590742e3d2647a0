"""Every moment falls in exactly one period, whatever the zone."""

from datetime import UTC, datetime
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from reportgen.report import Every, parse_period, period_of

MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1), timezones=st.just(UTC)
)
ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo", "Asia/Beirut"]
)
EVERY = st.sampled_from(get_args(Every))


@given(MOMENTS, EVERY, ZONES)
def test_a_moment_lies_in_its_period_and_in_neither_neighbour(
    moment: datetime, every: Every, zone: str
) -> None:
    period = period_of(moment, every, zone)
    assert period.start <= moment < period.end
    assert period.next().start == period.end
    assert period.previous().end == period.start


@given(MOMENTS, EVERY, ZONES)
def test_a_key_names_its_period(moment: datetime, every: Every, zone: str) -> None:
    period = period_of(moment, every, zone)
    assert parse_period(period.key, zone) == period

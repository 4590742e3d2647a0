"""What is due, with ledger and site in a bucket that answers 503: all is made, once, in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reportgen.errors import ReportgenError, RetryError
from reportgen.publish.bucket import Bucket
from reportgen.publish.objects import ObjectShelf
from reportgen.publish.opening import open_bucket
from reportgen.report import SiteSpec, period_of
from reportgen.report.run_spec import RunResult, RunSpec
from reportgen.schedule.crew import OwnHands
from reportgen.schedule.due import Rules, Span, ask_periods
from reportgen.schedule.failures import LONGEST_WAIT, failure_kind
from reportgen.schedule.ledger import TTL, Ledger
from reportgen.schedule.object_store import ObjectStore
from reportgen.schedule.planning import Plan, ReportPlan
from reportgen.schedule.running import run_plan
from tests.interop.failing_store import failing
from tests.interop.moto_server import serving
from tests.interop.object_sites import REPORT, assert_nothing_partial, publish
from tests.interop.s3_store import new_bucket, s3_options

START = datetime(2026, 1, 1, tzinfo=UTC)
WEEKS = 4
RULES = Rules(every="week", timezone="UTC")
SPAN = Span(first=START - timedelta(weeks=WEEKS), last=START, pinned=START)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


class Host:
    """Runs again and again what is due, through a bucket in whatever weather."""

    def __init__(self, address: str, path: str, folder: Path, **more: object) -> None:
        options = s3_options(address, **more)
        self.site = open_bucket(SiteSpec(type="s3", path=f"{path}/site", options=options))
        books = open_bucket(SiteSpec(type="s3", path=f"{path}/ledger", options=options))
        self.now = START
        self.folder = folder
        self.ledger = Ledger(ObjectStore(books), owner="host", clock=lambda: self.now)
        self.acknowledged: set[str] = set()

    def make(self, run: RunSpec) -> RunResult:
        said = {"report": run.report, "edition": run.edition}
        try:
            made = publish(self.site, self.folder, run.edition)
        except ReportgenError as failed:
            kind = failure_kind(failed)
            return RunResult(**said, outcome="failed", kind=kind, error=str(failed))
        outcome = "published" if made.fresh else "unchanged"
        return RunResult(**said, outcome=outcome, fingerprint=made.fingerprint, revision=1)

    def run(self) -> None:
        """Ask and make; a run that fails altogether is what exit code 4 stands for."""
        entries = {key[1]: entry for key, entry in self.ledger.entries().items()}
        answer = ask_periods(RULES, SPAN, entries, "basis", "data", self.now)
        base = RunSpec(project="p", report=REPORT, edition="")
        owed = ReportPlan(
            report=REPORT, kind="monitoring", answer=answer, base=base, basis="basis", data="data"
        )
        tally = run_plan(Plan(now=self.now, reports=(owed,)), self.ledger, OwnHands(self.make))
        done = [each.result for each in tally.done]
        assert {each.kind for each in done if each.outcome == "failed"} <= {"again"}
        self.acknowledged |= {each.edition for each in done if each.outcome != "failed"}


def expected() -> list[str]:
    last = period_of(START, "week", "UTC").previous()
    weeks = [last]
    while weeks[0].start > SPAN.first:
        weeks.insert(0, weeks[0].previous())
    return [week.key for week in weeks]


@pytest.mark.engines
@pytest.mark.parametrize(("share", "tries"), [(0.2, 5), (0.8, 1)])
def test_all_is_published_once_when_the_weather_clears(
    share: float, tries: int, server: str, tmp_path: Path
) -> None:
    path = f"{new_bucket(server)}/flights"
    fair: Bucket = open_bucket(
        SiteSpec(type="s3", path=f"{path}/site", options=s3_options(server))
    )
    refused = 0
    with failing(server, seed=3) as weather:
        retries = {"retries": {"max_attempts": tries}}
        host = Host(weather.address, path, tmp_path, config_kwargs=retries)
        weather.share = share
        for _ in range(4):
            refused += _run_in(host)
            assert_nothing_partial(fair)
            there = {manifest.edition for manifest in ObjectShelf(fair).editions()}
            assert host.acknowledged <= there
        assert weather.failed > 5
        weather.share = 0.0
        host.now += TTL + LONGEST_WAIT  # what a run that failed had claimed runs out
        host.run()
        assert refused or share < 0.5

        published = Counter(manifest.edition for manifest in ObjectShelf(fair).editions())
        assert published == dict.fromkeys(expected(), 1)
        entries = host.ledger.entries().values()
        assert {entry.state for entry in entries} == {"published"}
        assert len(entries) == len(expected())


def _run_in(host: Host) -> bool:
    """Run once; True: the ledger itself could not be reached for long enough."""
    host.now += TTL + LONGEST_WAIT
    try:
        host.run()
    except RetryError:  # exit code 4
        return True
    return False

"""One unit of work, done in this process: a `RunSpec` in, a `RunResult` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reportgen.errors import ToolError
from reportgen.publish import Shelf
from reportgen.report import Document, Manifest, Period, Pin, Project, parse_period
from reportgen.report.run_spec import RunResult, RunSpec
from reportgen.schedule.entry import Lease
from reportgen.schedule.failures import TRIES, failure_kind, may_pass

if TYPE_CHECKING:
    from reportgen.api.workbench import Asked, Workbench

__all__ = ["Guard", "GuardedShelf", "Maker", "lease_of", "no_guard"]

Guard = Callable[[RunSpec, Project], None]
"""Called right before an edition is published; raises `LeaseLostError` when it no longer may be."""


def no_guard(_run: RunSpec, _project: Project) -> None:
    """Let everything pass: nobody else can be at it."""


def lease_of(run: RunSpec) -> Lease:
    """Give the lease under which a unit of work is done."""
    return Lease(
        report=run.report, edition=run.edition, owner=run.owner, generation=run.generation
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedShelf:
    """A shelf that asks, right before it publishes, whether the lease still holds."""

    shelf: Shelf
    check: Callable[[], None]

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None."""
        return self.shelf.find(report, edition)

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish, if the lease still holds.

        Raises
        ------
        LeaseLostError
            Another process has taken the edition over.
        """
        self.check()
        return self.shelf.put(document, manifest)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition."""
        return self.shelf.editions()

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition."""
        return self.shelf.read(manifest, name)

    def refresh(self) -> None:
        """Rebuild the pages that list editions."""
        self.shelf.refresh()


class Maker:
    """Makes editions, and keeps what those of one report share until another report comes.

    Parameters
    ----------
    guard : see `Guard`
    wait_s : seconds before the first further try at what may pass
    """

    def __init__(self, guard: Guard = no_guard, *, wait_s: float = 1.0) -> None:
        self.guard = guard
        self.wait_s = wait_s
        self._projects: dict[str, Project] = {}
        self._bench: Workbench | None = None
        self._shelf: Shelf | None = None
        self._key: object = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Put away what the last report needed."""
        if self._bench is not None:
            self._bench.__exit__(None, None, None)
        self._bench, self._key = None, None

    def make(self, run: RunSpec) -> RunResult:
        """Make one edition; what fails is a result too, and what may pass is tried again."""
        import stamina

        try:
            for attempt in stamina.retry_context(
                on=may_pass,
                attempts=TRIES,
                wait_initial=self.wait_s,
                wait_max=60.0,
                wait_jitter=self.wait_s,
                timeout=300.0,
            ):
                with attempt:
                    return self._make(run)
        except Exception as failed:  # noqa: BLE001 - a worker outlives what nobody foresaw
            return _failure(run, failed)
        raise AssertionError("an attempt ends with a result or an error")

    def _make(self, run: RunSpec) -> RunResult:
        from reportgen.api.workbench import Asked
        from reportgen.collect.tables.period_rows import digest_rows

        asked = Asked(
            formats=run.formats, engine=run.engine, force=run.force, parameters=run.parameters
        )
        bench = self._bench_for(run, asked)
        period = parse_period(run.period, bench.project.timezone) if run.period else None
        rows = ""
        if period is not None and bench.prepared.scored is not None:
            rows = digest_rows(bench.prepared.scored, period)
        if rows and rows == run.unless_rows:
            return RunResult(
                report=run.report,
                edition=run.edition,
                outcome="unchanged",
                rows=rows,
                provisional=_provisional(bench, period),
            )
        made = bench.make(period, asked)
        if made.remade and made.remade.differs:
            raise ToolError(
                f"made again from the same inputs, and {len(made.remade.differs)} files differ "
                f"from what is published: {', '.join(made.remade.differs[:6])}. The new ones are in "
                f"{made.remade.folder}; what is published stays as it is."
            )
        return RunResult(
            report=run.report,
            edition=run.edition,
            outcome="published" if made.fresh else "unchanged",
            fingerprint=made.fingerprint,
            revision=made.revision,
            state=made.state,
            sentence=made.sentence,
            provisional=made.provisional,
            rows=rows,
            folder=str(made.folder or ""),
        )

    def _bench_for(self, run: RunSpec, asked: Asked) -> Workbench:
        from reportgen.api.workbench import Workbench

        key = (run.project, run.report, run.engine, tuple(sorted(run.pins.items(), key=_role)))
        if self._bench is None or key != self._key:
            self.close()
            project = self._project(run.project)
            bench = Workbench(project, project.reports[run.report], asked)
            bench.pins = _frozen(run.pins, bench.pins)
            self._bench, self._key, self._shelf = bench, key, bench.outside.shelf
        bench, own = self._bench, self._shelf or self._bench.outside.shelf
        shelf = GuardedShelf(shelf=own, check=lambda: self.guard(run, bench.project))
        bench.outside = replace(bench.outside, shelf=shelf)
        return bench

    def _project(self, path: str) -> Project:
        from reportgen.project_file import load_project

        if path not in self._projects:
            self._projects[path] = load_project(Path(path))
        return self._projects[path]


def _role(item: tuple[str, Pin]) -> str:
    return item[0]


def _frozen(asked: Mapping[str, Pin], found: Mapping[str, Pin]) -> Mapping[str, Pin]:
    """Take the pins of the unit of work; a table, which is no pin, as it was just read."""
    if not asked:
        return found
    return {
        role: found[role] if not pin.pinned and role in found else pin
        for role, pin in asked.items()
    }


def _provisional(bench: Workbench, period: Period | None) -> bool:
    asked = bench.spec.model.monitoring
    if asked is None or period is None:
        return False
    return period.end + asked.label_delay > bench.prepared.as_of


def _failure(run: RunSpec, failed: Exception) -> RunResult:
    return RunResult(
        report=run.report,
        edition=run.edition,
        outcome="failed",
        kind=failure_kind(failed),
        error=str(failed) or type(failed).__name__,
        error_type=type(failed).__name__,
    )

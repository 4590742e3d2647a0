"""From names on a board to a pinned measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.boards import Board, Snapshot, open_board, parse_address
from reportgen.boards.names import check_name
from reportgen.errors import DataError, NotFoundError, UserError, near_miss
from reportgen.operations.found import Benchmark, summary_of
from reportgen.operations.machine import describe_machine, load_per_core, packages_of
from reportgen.operations.process import Reading, run_model
from reportgen.pipeline import private_folder
from reportgen.report import (
    BoardSpec,
    EvaluationSpec,
    ModelSpec,
    Pin,
    PinRef,
    Project,
    ReportSpec,
)
from reportgen.report.operations import (
    PROTOCOL,
    Measurement,
    OperationsFrame,
    Plan,
    Subject,
    dump_measurement,
)
from reportgen.resolve import fetch_pins, read_lock, resolve_pins
from reportgen.resolve.lock import Lock

if TYPE_CHECKING:
    from reportgen.operations.service import Endpoint

__all__ = ["Benchmark", "benchmark", "benchmark_project"]


def _quiet(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """All that a person said, whether in a project or not."""

    board: BoardSpec
    base: Path
    model: PinRef
    data: PinRef
    lock: Lock | None
    plan: Plan
    url: str | None
    headers: Mapping[str, str]
    pin: str
    progress: Callable[[str], None]
    text: str | None
    others: tuple[str, ...]

    @property
    def reading(self) -> Reading:
        """How the model may be loaded, and what it reads."""
        allowed = bool({"*", self.model.name} & set(self.board.allow_pickle))
        return Reading(allow_pickle=allowed, text=self.text, others=self.others)


def benchmark(
    board: str | Path,
    model: str,
    *,
    data: str,
    version: str | None = None,
    data_version: str | None = None,
    target: str | None = None,
    text: str | None = None,
    url: str | None = None,
    headers: Mapping[str, str] | None = None,
    plan: Plan | None = None,
    pin: str | None = None,
    trust_model: bool = False,
    progress: Callable[[str], None] = _quiet,
) -> Benchmark:
    """Measure how fast a pinned model answers and what it needs, and pin what was found.

    The model is loaded in processes of its own, which hold no secret. See docs/operations.md for
    the protocol.

    Parameters
    ----------
    board : a folder, or an address such as ``s3://bucket/prefix``; must be writable
    model, version : its pin; None: the newest version
    data, data_version : pin with rows to ask about
    target : column with the truth, which no model reads
    text : column that a text model reads; None: as its prototype says
    url : of a running vetiver API, which is asked instead of loading the model
    headers : for the API, each with its secret as ``${NAME}`` of the environment
    plan : how much is measured; None: the usual
    pin : to write; None: the model's name with ``-operations``
    trust_model : load the model though it is a pickle, which can run code
    progress : called with a few words before each step

    Raises
    ------
    NotFoundError, PinError, TrustError, DataError, ToolError, RetryError

    Examples
    --------
    >>> found = benchmark("board", "churn", data="churn-test", trust_model=True)  # doctest: +SKIP
    >>> found.value("latency_p95")  # doctest: +SKIP
    """
    place = parse_address(str(board))
    return _run(
        _Asked(
            board=replace(place, allow_pickle=(model,) if trust_model else ()),
            base=Path.cwd(),
            model=PinRef(name=model, version=version or "latest"),
            data=PinRef(name=data, version=data_version or "latest"),
            lock=None,
            plan=plan or Plan(),
            url=url,
            headers=headers or {},
            pin=pin or f"{model}-operations",
            progress=progress,
            text=text,
            others=(target,) if target else (),
        )
    )


def benchmark_project(
    project: Project,
    model: str,
    *,
    url: str | None = None,
    headers: Mapping[str, str] | None = None,
    plan: Plan | None = None,
    pin: str | None = None,
    progress: Callable[[str], None] = _quiet,
) -> Benchmark:
    """Measure a model of a project, in the version and on the data that its lock names.

    Parameters
    ----------
    model : its name under ``models:``
    pin : to write; None: what its ``operations:`` names, or the pin's name with ``-operations``

    Raises
    ------
    NotFoundError
        There is no such model.
    UserError
        It has no evaluation, and so no rows.
    """
    if model not in project.models:
        raise NotFoundError(f"No model '{model}'. {near_miss(model, list(project.models))}")
    spec = project.models[model]
    if spec.evaluation is None:
        raise UserError(
            f"models.{model} has no `evaluation:`, whose data the model would be asked about"
        )
    named, evaluation = spec.evaluation.operations, spec.evaluation
    others = (evaluation.target, evaluation.id, evaluation.row_id, evaluation.weight)
    return _run(
        _Asked(
            board=project.board,
            base=project.folder,
            model=spec.pin,
            data=spec.evaluation.data,
            lock=read_lock(project.folder / "reportgen.lock"),
            plan=plan or Plan(),
            url=url,
            headers=headers or {},
            pin=pin or (named.name if named else f"{spec.pin.name}-operations"),
            progress=progress,
            text=evaluation.text,
            others=tuple(name for name in others if name),
        )
    )


def _run(asked: _Asked) -> Benchmark:
    endpoint = _endpoint(asked)
    if asked.board.type == "url":
        raise UserError("a board at a URL can be read only; the measurement has to be pinned")
    board = open_board(asked.board, asked.base)
    check_name(asked.pin, board.address, owner=asked.board.type == "connect")
    with private_folder() as folder:
        asked.progress("Fetching the pins")
        pins, snapshots = _fetch(asked, board, folder)
        rows = _rows(asked, snapshots["data"])
        now, load = datetime.now(UTC), load_per_core()
        found = _measured(asked, endpoint, snapshots["model"], rows, folder)
        modules = found.pop("modules", ())
        measurement = Measurement(
            model=_subject(pins["model"]),
            data=_subject(pins["data"]),
            measured_at=now.replace(microsecond=0),
            machine=describe_machine(packages_of(modules) if modules else {}, load),
            plan=asked.plan,
            **found,
        )
        return _pinned(asked, board, measurement, folder)


def _endpoint(asked: _Asked) -> Endpoint | None:
    if asked.url is None:
        if asked.headers:
            raise UserError("a header is for an API: give its --url")
        return None
    from reportgen.operations.served import check_address

    return check_address(asked.url, asked.headers)


def _rows(asked: _Asked, snapshot: Snapshot) -> Any:
    from reportgen.collect import read_frame
    from reportgen.operations.sample import draw_rows

    rows = draw_rows(read_frame(snapshot), max(asked.plan.rows, asked.plan.batch))
    if rows.empty:
        raise DataError(f"pin '{snapshot.version.name}' has no rows to ask about")
    return rows


def _fetch(
    asked: _Asked, board: Board, folder: Path
) -> tuple[Mapping[str, Pin], Mapping[str, Snapshot]]:
    """Fetch model and data as a card of them would be."""
    evaluation = EvaluationSpec(data=asked.data, target="")
    model = ModelSpec(name=asked.model.name, pin=asked.model, evaluation=evaluation)
    spec = ReportSpec(name="benchmark", kind="card", model=model, template="model_card")
    pins = resolve_pins(spec, board, asked.lock, folder)
    return pins, fetch_pins(pins, board, folder, lock=asked.lock)


def _subject(pin: Pin) -> Subject:
    return Subject(name=pin.name, version=pin.version, sha256=pin.sha256)


def _measured(
    asked: _Asked, endpoint: Endpoint | None, snapshot: Snapshot, rows: Any, folder: Path
) -> dict[str, Any]:
    """Give the fields of a measurement that differ by what was measured."""
    if endpoint is not None:
        from reportgen.operations.served import measure_served

        asked.progress(f"Asking {endpoint.address}")
        told = measure_served(endpoint, snapshot, rows, asked.plan)
        return {"one_row": told.one_row, "batch": told.batch, "service": told.service}
    asked.progress(f"Starting the model in {asked.plan.starts + 2} processes")
    ran = run_model(snapshot, rows, asked.plan, folder, asked.reading)
    return {
        "one_row": ran.one_row,
        "batch": ran.batch,
        "starts": ran.starts,
        "memory": ran.memory,
        "modules": ran.modules,
    }


def _pinned(asked: _Asked, board: Board, measurement: Measurement, folder: Path) -> Benchmark:
    from reportgen.measure.operations.operations import measure_operations

    part = measure_operations(OperationsFrame(measurement=measurement))
    values = {value.name: value for value in part.values}
    path = folder / "operations.json"
    path.write_text(dump_measurement(measurement, summary_of(values)), encoding="utf-8")
    model = measurement.model
    how = "over HTTP" if measurement.service else "in a process of its own"
    written = board.write(
        asked.pin,
        path,
        type="json",
        created=measurement.measured_at,
        title=f"How {model.name} runs",
        description=f"Latency, memory and start of {model.name} {model.version}, measured {how}.",
        metadata={
            "reportgen_operations": {
                "protocol": PROTOCOL,
                "model": model.name,
                "model_version": model.version,
            }
        },
    )
    return Benchmark(measurement=measurement, values=values, pin=written)

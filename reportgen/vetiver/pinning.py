"""Metrics over time on a board: read as vetiver writes them, written so that it can read them.

A pin is written whole, so two writers who read the same version would each write the table
without the other's rows. Whoever has written looks again: versions that were written meanwhile
are replayed, each by what it changed, until the newest one holds everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from reportgen.boards import Board, PinVersion, open_board, parse_address
from reportgen.collect.frame import read_frame
from reportgen.collect.metrics_pin import tidy_metrics
from reportgen.errors import DataError, NotFoundError, RetryError, UserError
from reportgen.vetiver.upsert import Keyed, changes, clash, keyed, table_of

__all__ = ["pin_metrics", "read_metrics"]

_ROUNDS = 40
_WRITTEN = ("parquet", "csv", "arrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """One version of a metrics pin.

    Attributes
    ----------
    zone : of its times, None where they have none
    """

    version: PinVersion
    rows: Keyed
    of_r: bool
    zone: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How a table of metrics is written."""

    type: str
    of_r: bool
    zone: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pin:
    """A pin of metrics on a board.

    Attributes
    ----------
    index_name : of its column of times
    """

    board: Board
    name: str
    index_name: str = "index"

    def versions(self) -> tuple[PinVersion, ...]:
        """Give the complete versions, oldest first; none where there is no such pin."""
        try:
            return self.board.versions(self.name)
        except NotFoundError:
            return ()

    def read(self, version: str) -> tuple[pd.DataFrame, bool]:
        """Give the tidy table of a version, and whether R's columns were in it."""
        with TemporaryDirectory(prefix="reportgen-") as folder:
            raw = read_frame(self.board.fetch(self.name, version, Path(folder).resolve()))
        where = f"pin '{self.name}' version {version}"
        return tidy_metrics(raw, self.index_name, where), ".metric" in raw.columns

    def stored(self, version: PinVersion) -> _Stored:
        """Read a version as rows by key."""
        table, of_r = self.read(version.version)
        zone = getattr(table["index"].dtype, "tz", None)
        return _Stored(version=version, rows=keyed(table, zone), of_r=of_r, zone=zone)

    def shown(self, rows: Keyed, shape: _Shape) -> pd.DataFrame:
        """Give rows as the table that is written."""
        return table_of(rows, of_r=shape.of_r, index_name=self.index_name)

    def write(self, rows: Keyed, shape: _Shape, base: PinVersion | None) -> PinVersion:
        """Write a version that says what it was made from, newer than that one."""
        created = datetime.now(UTC)
        if base is not None:
            created = max(created, base.created + timedelta(seconds=1))
        with TemporaryDirectory(prefix="reportgen-") as folder:
            path = Path(folder) / f"metrics.{shape.type}"
            _save(self.shown(rows, shape), path, shape.type)
            return self.board.write(
                self.name,
                path,
                type=shape.type,
                created=created,
                title=base.title if base is not None else "Metrics over time",
                description=base.description if base is not None else "",
                metadata={"reportgen": {"made_from": "" if base is None else base.version}},
            )


def read_metrics(board: Any, metrics_pin_name: str, version: str | None = None) -> pd.DataFrame:
    """Read a pin of metrics, whichever language wrote it.

    Parameters
    ----------
    board : a folder, an address such as ``s3://bucket/prefix``, or a folder board of ``pins``
    version : None: the newest

    Returns
    -------
    ``index``, ``n``, ``metric``, ``estimate``, and ``estimator`` where R wrote it

    Raises
    ------
    NotFoundError, PinError
        There is no such pin or version, or its bytes are not what they should be.
    DataError
        It holds something else than metrics over time.
    """
    pin = _Pin(board=_opened(board), name=metrics_pin_name)
    if version is None:
        found = pin.board.versions(metrics_pin_name)
        if not found:
            raise NotFoundError(f"pin '{metrics_pin_name}' has no complete version")
        version = found[-1].version
    return pin.read(version)[0]


def pin_metrics(
    board: Any,
    df_metrics: pd.DataFrame,
    metrics_pin_name: str,
    pin_type: str | None = None,
    index_name: str = "index",
    overwrite: bool = False,  # noqa: FBT001, FBT002 - as vetiver has it
    *,
    of_r: bool | None = None,
) -> pd.DataFrame:
    """Put metrics into a pin, each (metric, window) once: a drop-in for vetiver's function.

    Parameters
    ----------
    board : a folder, an address such as ``s3://bucket/prefix``, or a folder board of ``pins``
    df_metrics : as `compute_metrics` gives it, or with R's names of columns
    metrics_pin_name : of the pin; made if it is not there
    pin_type : ``parquet``, ``csv`` or ``arrow``; None: as it is, else ``parquet``
    index_name : what the column of times is called
    overwrite : replace what is stored for the same metric and window; nothing else is touched
    of_r : name the columns as vetiver for R does; None: as they are, else as for Python

    Returns
    -------
    the table as it is stored now. When it was stored already, no version is written

    Raises
    ------
    DataError
        A stored row says something else, and `overwrite` is False; or the pin holds no metrics.
    """
    found = tidy_metrics(df_metrics, index_name, "df_metrics")
    pin = _Pin(
        board=_opened(board),
        name=metrics_pin_name,
        index_name="index" if index_name == ".index" else index_name,
    )
    versions = pin.versions()
    base = pin.stored(versions[-1]) if versions else None
    shape = _shape_of(base, found, pin_type, of_r)
    own = keyed(found, shape.zone)
    held = base.rows if base is not None else {}
    wrong = None if overwrite else clash(held, own, pin.name)
    if wrong is not None:
        raise wrong
    if base is not None and not changes(held, own) and shape.type == base.version.type:
        return pin.shown(held, shape)
    return pin.shown(_written(pin, versions, base, held | own, shape), shape)


def _shape_of(
    base: _Stored | None,
    found: pd.DataFrame,
    pin_type: str | None,
    of_r: bool | None,  # noqa: FBT001
) -> _Shape:
    """Keep the shape of the stored table, where nothing else was asked for."""
    kind = pin_type or (base.version.type if base is not None else "parquet")
    if kind not in _WRITTEN:
        raise DataError(
            f"metrics cannot be written as {kind!r}. Say pin_type='parquet' (or "
            f"{' or '.join(_WRITTEN[1:])}), which R reads as well."
        )
    if of_r is None:
        of_r = base.of_r if base is not None else "estimator" in found
    own = getattr(found["index"].dtype, "tz", None)
    return _Shape(type=kind, of_r=of_r, zone=base.zone if base is not None and base.rows else own)


def _written(
    pin: _Pin,
    versions: Sequence[PinVersion],
    base: _Stored | None,
    rows: Keyed,
    shape: _Shape,
) -> Keyed:
    """Write the rows, and again as long as others wrote meanwhile; give what is stored then.

    Parameters
    ----------
    versions : that were there when `base`, the newest of them, was read
    """
    known = {version.version for version in versions}
    start: Keyed = {} if base is None else base.rows
    newest = None if base is None else base.version
    for _ in range(_ROUNDS):
        pin.write(rows, shape, newest)
        every = pin.versions()
        since = [version for version in every if version.version not in known]
        if len(since) == 1:
            return rows
        rows = _replayed(pin, start, since, every)
        head = pin.stored(every[-1])
        known |= {version.version for version in since}
        start, newest = head.rows, head.version
        if not changes(head.rows, rows):
            return head.rows
    raise RetryError(f"pin '{pin.name}': others write to it all the time. Try again.")


def _replayed(
    pin: _Pin, start: Keyed, since: Sequence[PinVersion], every: Sequence[PinVersion]
) -> Keyed:
    """Apply what each version changed in what it was made from, one after the other."""
    places = {version.version: at for at, version in enumerate(every)}
    read: dict[str, Keyed] = {}

    def rows_of(version: PinVersion) -> Keyed:
        if version.version not in read:
            read[version.version] = pin.stored(version).rows
        return read[version.version]

    rows = dict(start)
    for version in since:
        before = _made_from(version, every, places)
        rows |= changes({} if before is None else rows_of(before), rows_of(version))
    return rows


def _made_from(
    version: PinVersion, every: Sequence[PinVersion], places: Mapping[str, int]
) -> PinVersion | None:
    """Give the version that a writer read: it says so where it was us, else the one before."""
    said = version.metadata.get("reportgen")
    if isinstance(said, Mapping) and "made_from" in said:
        at = places.get(str(said["made_from"]))
        return None if at is None else every[at]
    at = places[version.version]
    return every[at - 1] if at else None


def _save(table: pd.DataFrame, path: Path, kind: str) -> None:
    match kind:
        case "csv":
            table.to_csv(path, index=False, lineterminator="\n")
        case "arrow":
            table.to_feather(path)
        case _:
            table.to_parquet(path, index=False)


def _opened(board: Any) -> Board:
    if isinstance(board, str | Path):
        return open_board(parse_address(str(board)), Path.cwd())
    if hasattr(board, "fetch") and hasattr(board, "versions"):
        return board  # type: ignore[no-any-return]
    files = getattr(board, "fs", None)
    protocol = getattr(files, "protocol", "")
    if isinstance(getattr(board, "board", None), str) and "file" in (
        (protocol,) if isinstance(protocol, str) else tuple(protocol)
    ):
        return open_board(parse_address(str(Path(board.board).absolute())), Path.cwd())
    raise UserError(
        f"a {type(board).__name__} is no board that is known here; give its folder or address, "
        "such as s3://bucket/prefix"
    )

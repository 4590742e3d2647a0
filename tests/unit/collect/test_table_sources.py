"""Tables in files are read alike, whatever kind of file they are in."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, ipc

from reportgen.collect import read_frame
from reportgen.collect.tables.source import TableSnapshot, describe_source, read_table
from reportgen.errors import DataError, NotFoundError, RetryError
from reportgen.report import TableRef

LATE = 4_000_000_000  # a moment after every row


def rows() -> pd.DataFrame:
    """A few scored rows with what is awkward: nulls, quotes, a time zone, whole numbers."""
    return pd.DataFrame(
        {
            "time": pd.to_datetime(
                ["2013-05-06T00:00:00Z", "2013-05-07T12:30:00.25Z", None, "2013-05-09T01:00:00Z"],
                format="ISO8601",
            ),
            "temp": [1.5, np.nan, -2.25e-7, 1e300],
            "carrier": ["UA", None, 'says "no", twice', "NÖ"],
            "seats": [10, 20, 30, 40],
            "late": [True, False, True, False],
        }
    )


def opened(ref: TableRef | str, base: Path, timezone: str = "UTC") -> TableSnapshot:
    folder = base / "private"
    folder.mkdir(exist_ok=True)
    asked = TableRef(address=ref) if isinstance(ref, str) else ref
    for path in base.iterdir():
        if path.is_file():
            os.utime(path, (LATE, LATE))
    return read_table(asked, "time", timezone, base, folder)


def as_parquet(table: pd.DataFrame, base: Path) -> TableRef:
    table.to_parquet(base / "scored.parquet", index=False)
    return TableRef(address="scored.parquet")


def as_csv(table: pd.DataFrame, base: Path) -> TableRef:
    table.to_csv(base / "scored.csv", index=False)
    return TableRef(address="scored.csv")


def as_gzipped_csv(table: pd.DataFrame, base: Path) -> TableRef:
    table.to_csv(base / "scored.csv.gz", index=False)
    return TableRef(address="*.csv.gz")


def as_feather(table: pd.DataFrame, base: Path) -> TableRef:
    feather.write_feather(table, base / "scored.feather")
    return TableRef(address="scored.feather")


def as_arrow(table: pd.DataFrame, base: Path) -> TableRef:
    held = pa.Table.from_pandas(table, preserve_index=False)
    with ipc.new_file(base / "scored.arrow", held.schema) as writer:
        writer.write_table(held)
    return TableRef(address="scored.arrow")


def as_duckdb(table: pd.DataFrame, base: Path) -> TableRef:
    with duckdb.connect(str(base / "scored.duckdb")) as connection:
        connection.register("given", table)
        connection.execute("CREATE SCHEMA ml")
        connection.execute("CREATE TABLE ml.scored AS SELECT * FROM given")
    return TableRef(address="scored.duckdb", name="ml.scored")


def as_sqlite(table: pd.DataFrame, base: Path) -> TableRef:
    plain = table.assign(
        time=table["time"].map(lambda at: None if pd.isna(at) else at.isoformat())
    )
    with closing(sqlite3.connect(base / "scored.db")) as connection:
        connection.execute(
            "CREATE TABLE scored (time TEXT, temp REAL, carrier TEXT, seats INTEGER, late BOOLEAN)"
        )
        values = plain.astype(object).where(plain.notna(), None).itertuples(index=False)
        connection.executemany("INSERT INTO scored VALUES (?, ?, ?, ?, ?)", list(values))
        connection.commit()
    return TableRef(address="scored.db", name="scored")


WAYS = [as_parquet, as_csv, as_gzipped_csv, as_feather, as_arrow, as_duckdb, as_sqlite]


@pytest.mark.parametrize("write", WAYS)
def test_every_kind_of_file_holds_the_same_rows(write, tmp_path: Path) -> None:
    table = rows()

    found = opened(write(table, tmp_path), tmp_path)

    read = read_frame(found)
    assert list(read.columns) == list(table.columns)
    for name in ("temp", "seats", "late"):
        assert read[name].tolist() == pytest.approx(table[name].tolist(), nan_ok=True, rel=1e-15)
    assert read["carrier"].where(read["carrier"].notna(), "?").tolist() == [
        "UA",
        "?",
        'says "no", twice',
        "NÖ",
    ]
    times = pd.to_datetime(read["time"], utc=True)
    assert (
        times.fillna(pd.Timestamp(0, tz="UTC")) == table["time"].fillna(pd.Timestamp(0, tz="UTC"))
    ).all()
    assert dict(found.columns)["time"].startswith("TIMESTAMP")
    assert found.version.created == datetime(2013, 5, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("write", WAYS)
def test_what_was_read_is_named_by_the_digest_of_its_bytes(write, tmp_path: Path) -> None:
    ref = write(rows(), tmp_path)

    pin = opened(ref, tmp_path).as_pin("data")

    (path,) = (path for path in tmp_path.iterdir() if path.is_file())
    assert pin.sha256 == sha256(path.read_bytes()).hexdigest()
    assert pin.sha256.startswith(pin.version)
    assert pin.size_bytes == path.stat().st_size
    assert not pin.pinned
    assert str(tmp_path) not in str(pin)


def test_parquet_is_read_where_it_lies_and_the_rest_from_a_private_copy(tmp_path: Path) -> None:
    (path,) = opened(as_parquet(rows(), tmp_path), tmp_path).paths
    assert path == tmp_path / "scored.parquet"

    (copy,) = opened(as_csv(rows(), tmp_path), tmp_path).paths
    assert copy.parent == tmp_path / "private"


def test_many_files_are_one_table(tmp_path: Path) -> None:
    table = rows()
    for week, part in enumerate((table[:1], table[1:3], table[3:])):
        (tmp_path / f"w{week}").mkdir()
        part.to_parquet(tmp_path / f"w{week}" / "part.parquet", index=False)

    found = opened("w*/part.parquet", tmp_path)

    assert len(read_frame(found)) == len(table)
    assert found.version.files == ("w0/part.parquet", "w1/part.parquet", "w2/part.parquet")
    before = found.sha256
    (tmp_path / "w2" / "part.parquet").unlink()
    assert opened("w*/part.parquet", tmp_path).sha256 != before


def test_folders_that_name_a_value_are_a_column(tmp_path: Path) -> None:
    for region in ("east", "west"):
        (tmp_path / f"region={region}").mkdir()
        rows().to_parquet(tmp_path / f"region={region}" / "part.parquet", index=False)

    read = read_frame(opened("region=*/*.parquet", tmp_path))

    assert read["region"].tolist() == ["east"] * 4 + ["west"] * 4


def test_what_stands_for_no_value_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "scored.csv").write_text(
        "time,temp,late\n2013-05-06 00:00:00,NA,TRUE\n2013-05-06 01:00:00,,NA\n,2.5,FALSE\n"
    )

    read = read_frame(opened("scored.csv", tmp_path))

    assert read["temp"].tolist() == pytest.approx([np.nan, np.nan, 2.5], nan_ok=True)
    assert read["late"].isna().tolist() == [False, True, False]
    assert read["time"].isna().tolist() == [False, False, True]


def test_a_number_that_stands_behind_many_texts_is_not_an_error(tmp_path: Path) -> None:
    lines = [f"2013-05-06 00:00:00,{row}" for row in range(30_000)]
    (tmp_path / "scored.csv").write_text("\n".join(["time,code", *lines, ",A7"]))

    read = read_frame(opened("scored.csv", tmp_path))

    assert read["code"].iloc[-1] == "A7"
    assert len(read) == 30_001


def test_local_times_are_those_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "scored.csv").write_text("time\n2013-07-01 12:00:00\n2013-07-01 06:00:00\n")

    found = opened("scored.csv", tmp_path, "America/New_York")

    assert found.version.created == datetime(2013, 7, 1, 16, tzinfo=UTC)


def test_rows_of_the_future_do_not_make_the_table_younger_than_its_file(tmp_path: Path) -> None:
    table = rows()
    table.loc[0, "time"] = pd.Timestamp("2999-01-01", tz="UTC")
    ref = as_parquet(table, tmp_path)
    os.utime(tmp_path / "scored.parquet", (1_400_000_000, 1_400_000_000))

    found = read_table(ref, "time", "UTC", tmp_path, tmp_path)

    assert found.version.created == datetime.fromtimestamp(1_400_000_000, UTC)


def test_a_text_that_is_no_time_stays_for_the_report_to_count(tmp_path: Path) -> None:
    (tmp_path / "scored.csv").write_text("time,x\n2013-07-01T12:00:00Z,1\nyesterday,2\n")

    read = read_frame(opened("scored.csv", tmp_path))

    assert read["time"].isna().tolist() == [False, True]


def test_columns_of_sqlite_that_hold_several_types_are_texts(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection:
        connection.execute("CREATE TABLE t (time TEXT, mixed, lacking INTEGER, raw BLOB)")
        connection.execute("INSERT INTO t VALUES ('2013-05-06 10:00:00', 1, NULL, x'ff00')")
        connection.execute("INSERT INTO t VALUES ('2013-05-06 11:00:00', 'a', NULL, NULL)")
        connection.commit()

    read = read_frame(opened("a.sqlite", tmp_path))

    assert read["mixed"].tolist() == ["1", "a"]
    assert read["lacking"].isna().all()
    assert read["raw"].iloc[0] == "ff00"
    assert read["time"].dtype.kind == "M"


def test_a_log_that_is_not_yet_in_the_database_is_part_of_its_digest(tmp_path: Path) -> None:
    ref = as_sqlite(rows(), tmp_path)
    before = opened(ref, tmp_path).sha256
    with closing(sqlite3.connect(tmp_path / "scored.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE scored SET temp = 7")
        connection.commit()
        found = opened(ref, tmp_path)

        assert found.sha256 != before
        assert read_frame(found)["temp"].tolist() == [7.0] * 4


@pytest.mark.parametrize("write", [as_duckdb, as_sqlite])
def test_a_table_that_the_database_lacks(write, tmp_path: Path) -> None:
    ref = write(rows(), tmp_path)

    with pytest.raises(NotFoundError, match="no table 'scoerd'"):
        opened(TableRef(address=ref.address, name="scoerd"), tmp_path)
    assert len(read_frame(opened(TableRef(address=ref.address), tmp_path))) == 4


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("scored.parquet", b"PAR1 but no more", "cannot be read as parquet"),
        ("scored.feather", b"not arrow", "cannot be read as arrow"),
        ("scored.db", b"neither", "of no kind that is read here"),
        ("scored.xlsx", b"PK", "of no kind that is read here"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=said) as caught:
        opened(name, tmp_path)

    assert str(tmp_path) not in str(caught.value)


def test_kinds_are_not_mixed(tmp_path: Path) -> None:
    as_csv(rows(), tmp_path)
    as_parquet(rows(), tmp_path)

    with pytest.raises(DataError, match="several kinds: csv, parquet"):
        opened("scored.*", tmp_path)


def test_only_a_database_has_tables_by_name(tmp_path: Path) -> None:
    as_parquet(rows(), tmp_path)

    with pytest.raises(DataError, match="only a table in a database"):
        opened(TableRef(address="scored.parquet", name="scored"), tmp_path)


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    found = opened(as_parquet(rows(), tmp_path), tmp_path)
    found.check()

    rows()[:2].to_parquet(tmp_path / "scored.parquet", index=False)

    with pytest.raises(RetryError, match=r"scored\.parquet was changed"):
        found.check()
    (tmp_path / "scored.parquet").unlink()
    with pytest.raises(RetryError):
        found.check()


def test_what_a_page_can_say_of_a_table(tmp_path: Path) -> None:
    found = opened(as_csv(rows(), tmp_path), tmp_path)

    said = {fact.name: fact.text for fact in describe_source(found, "data").facts}

    assert said["data.address"] == "scored.csv"
    assert said["data.kind"] == "csv, not pinned: read where it lies"
    assert '"seats" BIGINT' in said["data.schema"]

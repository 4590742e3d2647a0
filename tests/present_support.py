"""Records to show, of every task: measured for real on small seeded data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reportgen.measure import judge, measure_evaluation, measure_monitoring
from reportgen.present import Report, open_report
from reportgen.report import (
    Cell,
    Column,
    Fact,
    Narrative,
    Part,
    Pin,
    Provenance,
    ReportData,
    Table,
    Threshold,
    Value,
    dump_record,
    period_of,
)
from reportgen.report.frame import EvaluationFrame, MonitoringFrame

HOSTILE = (
    "<script>alert(1)</script>",
    "a|b `c` $x$ \\(y\\) {=html}",
    "](javascript:alert(1)) ![x](http://example.org/x.png)",
    "{{< meta title >}} @fig-x [^1] ~~s~~ ^2^ ::: {.x}",
    "`{python} 1 + 1` \"q\" 'q' & &lt; -- ... # h",
    "$\\frac{1} _x_ *y* <b>bold</b>\n\n# Heading\n\n---",
)


def pins_of(*roles: str) -> Mapping[str, Pin]:
    """One pin for each role, with made-up but well-formed hashes."""
    made = datetime(2013, 5, 1, 6, 0, tzinfo=UTC)
    names = {"model": "late-flights", "data": "flights-test", "reference": "flights-test"}
    return {
        role: Pin(
            role=role,
            board="folder:board",
            name=names.get(role, role),
            version=f"20130501T06000{place}Z-1a2b{place}",
            sha256=f"{place + 10:x}" * 64,
            created=made + timedelta(seconds=place),
            type="joblib" if role == "model" else "parquet",
            size_bytes=4_200_000 + 1_000 * place,
        )
        for place, role in enumerate(roles)
    }


def model_part(*, hostile: bool = False) -> Part:
    """What is known about a model without running it."""
    source = Provenance(by="model.metadata@1", pins=("model",))
    words = HOSTILE if hostile else ("Will a flight arrive more than 30 minutes late?",)
    facts = {
        "name": ("Name", "late-flights"),
        "version": ("Version", "20130501T060000Z-1a2b0"),
        "class": ("Model class", "HistGradientBoostingClassifier"),
        "library": ("Library", "sklearn"),
        "description": ("Description", words[0]),
    }
    features = HOSTILE if hostile else ("carrier", "dep_hour", "distance", "wind_speed")
    return Part(
        facts=tuple(
            Fact(name=f"model.{name}", label=label, text=text, provenance=source)
            for name, (label, text) in facts.items()
        ),
        values=(
            Value(name="model.features", number=len(features), unit="count", provenance=source,
                  label="Features"),
            Value(name="model.size", number=4_200_000, unit="bytes", provenance=source,
                  label="Size of the artefact"),
        ),
        tables=(
            Table(
                name="model.features",
                title="Features",
                columns=(Column(name="feature", label="Feature"), Column(name="type", label="Type")),
                rows=tuple((Cell(text=name), Cell(text="number")) for name in features),
            ),
        ),
    )  # fmt: skip


def narrative_of(*, hostile: bool = False) -> tuple[Narrative, ...]:
    """One entry in each state."""
    text = "Warn travellers *before* they leave.\n\n- by text\n- by e-mail: [how](https://a.org/x)"
    if hostile:
        text = "\n\n".join([*HOSTILE, "```{=html}\n<script>1</script>\n```", "[x]: javascript:1"])
    day = date(2013, 5, 2)
    return (
        Narrative(section="intended_use", title="Intended use", state="attested", text=text,
                  author=HOSTILE[0] if hostile else "A. Author", written=day,
                  expires=date(2014, 5, 2)),
        Narrative(section="limitations", title="Limitations", state="expired", text="No snow yet.",
                  author="A. Author", written=day, expires=date(2013, 6, 1),
                  reason="It held until 2013-06-01."),
        Narrative(section="ethical_considerations", title="Ethical considerations",
                  state="missing"),
        Narrative(section="caveats", title="Caveats", state="not applicable",
                  reason="it only sends a hint"),
    )  # fmt: skip


@cache
def card_data(
    task: str = "classification",
    *,
    evaluated: bool = True,
    narrated: bool = True,
    hostile: bool = False,
) -> ReportData:
    """A card's record: of any task, with or without evaluation and narrative."""
    part = model_part(hostile=hostile)
    if evaluated:
        part += measure_evaluation(evaluation_frame(task, hostile=hostile))
    narrative = narrative_of(hostile=hostile) if narrated else ()
    return _record(
        part,
        report="late-flights-card",
        kind="card",
        title=HOSTILE[3] if hostile else "Late flights: model card",
        edition="20130501T060000Z-1a2b0",
        task=task,
        pins=pins_of("model", "data", "population") if evaluated else pins_of("model"),
        narrative=narrative,
        verdict=judge("card", part, narrative),
    )


def evaluation_frame(task: str = "classification", *, hostile: bool = False) -> EvaluationFrame:
    """Two thousand rows in four regions, one of them small and one served worse."""
    random = np.random.default_rng(7)
    n = 2_000
    names = HOSTILE[:4] if hostile else ("north", "south", "east", "far-west")
    place = random.choice(4, n, p=[0.5, 0.3, 0.195, 0.005])
    region = pd.Series([names[at] for at in place], dtype=object)
    given: dict[str, Any] = {
        "task": task,
        "target": "late",
        "features": pd.DataFrame(index=range(n)),
        "segments": {"region": region},
        "population": {"region": dict.fromkeys(names, 0.25)},
    }
    if task == "regression":
        truth = random.normal(20, 8, n)
        given |= {"truth": pd.Series(truth), "predicted": truth + random.normal(0, 3 + place, n)}
    elif task == "multiclass":
        classes = HOSTILE[:3] if hostile else ("early", "on time", "late")
        truth = random.choice(3, n)
        said = np.where(random.random(n) < 0.75, truth, random.choice(3, n))
        scores = random.dirichlet([1, 1, 1], n) + np.eye(3)[said]
        given |= {
            "truth": pd.Series([classes[at] for at in truth], dtype=object),
            "predicted": np.array([classes[at] for at in said], dtype=object),
            "scores": scores / scores.sum(axis=1, keepdims=True),
            "classes": classes,
        }
    else:
        scores = np.round(random.beta(1, 2, n), 3)
        noise = np.where(place == 2, 0.35, 0.05)
        late = random.random(n) < np.where(random.random(n) < noise, 0.3, scores)
        given |= {
            "truth": pd.Series(late, dtype=object),
            "predicted": scores >= 0.4,
            "scores": scores,
            "classes": (False, True),
            "positive": True,
            "thresholds": {"recall": Threshold(minimum=0.7)},
        }
    return EvaluationFrame(**given)


@cache
def monitoring_data(
    *, labelled: bool = True, hostile: bool = False, weeks: int = 10
) -> ReportData:
    """A monitoring record of the last of some weeks; the last is warmer and not all labelled."""
    frame = monitoring_frame(labelled=labelled, hostile=hostile, weeks=weeks)
    part = measure_monitoring(frame)
    narrative = narrative_of(hostile=hostile)
    return _record(
        part,
        report="late-flights-weekly",
        kind="monitoring",
        title=HOSTILE[3] if hostile else "Late flights, week by week",
        edition=frame.period.key,
        task="classification",
        period=frame.period,
        provisional=True,
        pins=pins_of("model", "data", "reference"),
        narrative=narrative,
        verdict=judge("monitoring", part, narrative, provisional=True),
    )


def monitoring_frame(
    *, labelled: bool = True, hostile: bool = False, weeks: int = 10
) -> MonitoringFrame:
    """Weekly flights, scored; the outcome of some of the last ones is not in yet."""
    random = np.random.default_rng(3)
    n = 300 * weeks
    week = np.repeat(np.arange(weeks), 300)
    start = pd.Timestamp("2013-05-06", tz="America/New_York")
    offset = pd.to_timedelta(week * 7, unit="D") + pd.to_timedelta(
        random.uniform(0, 7 * 86_400 - 1, n), unit="s"
    )
    temp = random.normal(15, 5, n) + 8 * (week == weeks - 1)
    chance = 1 / (1 + np.exp(-(-1 + 0.15 * (temp - 15))))
    late = (random.random(n) < chance).astype(float)
    late[(week == weeks - 1) & (random.random(n) < 0.3)] = np.nan
    carriers = HOSTILE[:3] if hostile else ("UA", "AA", "DL")
    rows = pd.DataFrame(
        {
            "time": (start + offset).astype("datetime64[ns, UTC]"),
            "temp": temp,
            "carrier": [carriers[at] for at in random.choice(3, n, p=[0.5, 0.3, 0.2])],
            "p_late": chance,
            "predicted": (chance > 0.4).astype(int),
            "late": late if labelled else np.full(n, np.nan),
        }
    )
    times = rows["time"]
    return MonitoringFrame(
        task="classification",
        rows=rows,
        times=times,
        every="week",
        timezone="America/New_York",
        period=period_of(times.max().floor("s").to_pydatetime(), "week", "America/New_York"),
        prediction="predicted",
        score="p_late",
        target="late",
        positive=1,
        features=("temp", "carrier"),
        reference=rows.loc[week < 3].reset_index(drop=True),
        segments={"carrier": rows["carrier"]},
        label_delay=timedelta(days=9),
        as_of=times.max() + pd.Timedelta(days=3),
        thresholds={"recall": Threshold(minimum=0.45, material=0.05)},
    )


def _record(part: Part, **more: Any) -> ReportData:
    return ReportData(
        project="Flight delays",
        as_of=date(2013, 7, 15),
        facts={fact.name: fact for fact in part.facts},
        values={value.name: value for value in part.values},
        tables={table.name: table for table in part.tables},
        series={series.name: series for series in part.series},
        findings=part.findings,
        reportgen_version="0.1.0",
        **more,
    )


def write_record(folder: Path, data: ReportData) -> Path:
    """Put report.json where a template looks for it."""
    path = folder / "report.json"
    path.write_text(json.dumps(dump_record(data)), encoding="utf-8")
    return path


def opened(folder: Path, data: ReportData) -> Report:
    """The record as a template sees it, through the file."""
    return open_report(str(write_record(folder, data)))

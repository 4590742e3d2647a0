"""What an operations pin says in words: when, where and how it was measured."""

from __future__ import annotations

from reportgen.report import Fact, Provenance
from reportgen.report.operations import PROTOCOL, Machine, Measurement

__all__ = ["counted", "operations_facts"]

_LISTED_PACKAGES = (
    "numpy", "pandas", "scikit-learn", "scipy", "joblib", "skops", "xgboost", "lightgbm",
    "catboost", "statsmodels", "torch", "spacy",
)  # fmt: skip


def operations_facts(measured: Measurement) -> tuple[Fact, ...]:
    """Give ``operations.measured``, ``.machine``, ``.protocol`` and what else was written down."""
    machine, served = measured.machine, measured.service
    rows = [
        ("measured", "Measured", f"{measured.measured_at:%Y-%m-%d %H:%M} UTC"),
        ("model", "Model measured", f"{measured.model.name} {measured.model.version}"),
        ("address", "Address", served.address if served else ""),
        ("served", "Version served", _served(measured)),
        ("machine", "Asked from" if served else "Machine", _machine_words(machine)),
        ("packages", "Packages", _package_words(machine)),
        ("protocol", "Protocol", _protocol_words(measured)),
        ("data", "Rows from", f"{measured.data.name} {measured.data.version}"),
    ]
    source = Provenance(by="operations.measurement@1", pins=("operations",))
    return tuple(
        Fact(name=f"operations.{name}", label=label, text=text, provenance=source)
        for name, label, text in rows
        if text
    )


def _served(measured: Measurement) -> str:
    if measured.service is None:
        return ""
    return measured.service.version or "the API does not say"


def _machine_words(machine: Machine) -> str:
    """Describe a machine in one line."""
    cores = "1 core" if machine.cores == 1 else f"{machine.cores} cores"
    parts = [machine.processor, cores]
    if machine.memory_bytes is not None:
        parts.append(f"{machine.memory_bytes / 1e9:.0f} GB of memory")
    parts += [machine.system, machine.python]
    if machine.load is not None:
        parts.append(f"load {machine.load:.2f} per core before the measurement")
    return ", ".join(parts)


def _package_words(machine: Machine) -> str:
    known = {name.lower(): (name, said) for name, said in machine.packages.items()}
    shown = [known[name] for name in _LISTED_PACKAGES if name in known]
    return ", ".join(f"{name} {said}" for name, said in shown)


def _protocol_words(measured: Measurement) -> str:
    plan, one, batch = measured.plan, measured.one_row, measured.batch
    asked = len(one.took_ns) + one.failed
    ones = f"{asked:,} requests of one row, of {one.distinct:,} different ones"
    said = [
        f"{ones}, after {plan.warm_up:,} that do not count",
        f"{len(batch.took_ns) + batch.failed:,} batches of {counted(batch.rows, 'row', 'rows')}",
    ]
    if measured.starts:
        said.append(counted(len(measured.starts), "fresh process", "fresh processes"))
    if measured.service is None:
        said.append(counted(plan.threads, "thread", "threads"))
    return f"{PROTOCOL}: {'; '.join(said)}"


def counted(number: int, one: str, many: str) -> str:
    """Write ``1 thread`` or ``2 threads``."""
    return f"{number:,} {one if number == 1 else many}"

"""The process that is measured. Run as ``python -m reportgen.operations.child MODE FOLDER``.

``start`` loads the model and predicts one row; the parent's clock runs until it says so.
``measure`` does the rest: latency of one row and of a batch, and memory. The folder is private to
the parent and holds the rows, the pin and the request, all written by the parent.

Nothing is imported above that a server of the model would not import: the start is timed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

    from reportgen.collect.models.estimator import Estimator
    from reportgen.errors import ReportgenError

__all__ = ["main"]

_FIRST = "answered\n"


def main(mode: str, folder: Path) -> None:
    """Do what was asked, and answer in one line of JSON."""
    answers = _claim_output()
    try:
        told = _start(folder, answers) if mode == "start" else _measure(folder)
    except _expected() as error:
        told = {"error": type(error).__name__, "message": str(error)}
    answers.write(json.dumps(told) + "\n")
    answers.flush()


def _expected() -> type[ReportgenError]:
    """Give the errors that we raise; imported once there is one, not in the timed start."""
    from reportgen.errors import ReportgenError

    return ReportgenError


def _claim_output() -> TextIO:
    """Keep standard output for our answers; what the model prints goes where errors go."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _start(folder: Path, answers: TextIO) -> dict[str, Any]:
    rows, request = _libraries(folder)
    before, begun = set(sys.modules), perf_counter_ns()
    load = _loader(folder, allow_pickle=request["allow_pickle"])
    ours, ready = set(sys.modules), perf_counter_ns()
    estimator, known = load()
    loaded = perf_counter_ns()
    estimator.predict(_inputs(estimator, rows.iloc[:1], known, request))
    answers.write(_FIRST)
    answers.flush()
    brought = [name for name in sys.modules if name not in ours]
    return {
        "own_ns": ready - begun,
        "load_ns": loaded - ready,
        "modules": brought,
        "packages": sorted({name.partition(".")[0] for name in before | set(brought)}),
    }


def _measure(folder: Path) -> dict[str, Any]:
    from reportgen.operations.calls import time_calls

    rows, request = _libraries(folder)
    load = _loader(folder, allow_pickle=request["allow_pickle"])
    for name in request["modules"]:
        with suppress(Exception):  # what is not importable by name comes with the model
            importlib.import_module(name)
    baseline, by = _resident(), _forget_peak()
    estimator, known = load()
    loaded = _resident()
    plan = request["plan"]
    inputs = _inputs(estimator, rows, known, request)
    ones = [inputs.iloc[[at]] for at in range(min(plan["rows"], len(inputs)))]
    batch = _batch(inputs, plan["batch"])

    def ask(some: pd.DataFrame) -> str:
        estimator.predict(some)
        return ""

    begun = {"warm_up": plan["warm_up"], "seconds": plan["seconds"]}
    one_row, _ = time_calls(ask, ones, count=plan["requests"], **begun)
    begun["warm_up"] = -(-plan["warm_up"] // 10)
    batches, _ = time_calls(ask, [batch], count=plan["batches"], **begun)
    return {
        "one_row": {"rows": 1, "distinct": len(ones), "took_ns": one_row},
        "batch": {
            "rows": len(batch),
            "distinct": min(len(batch), len(inputs)),
            "took_ns": batches,
        },
        "memory": _memory(baseline, loaded, by),
    }


def _libraries(folder: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Import what every server of such a model imports, and read what was asked."""
    import joblib  # noqa: F401
    import pandas as pd  # noqa: F401

    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    rows = pickle.loads((folder / "rows.pickle").read_bytes())  # noqa: S301 - our parent's own
    return rows, request


def _loader(folder: Path, *, allow_pickle: bool) -> Any:
    """Import our own modules, and give what loads the model with its known features."""
    from reportgen.collect.models.estimator import load_estimator
    from reportgen.collect.models.prototype import read_vetiver_meta

    snapshot = pickle.loads((folder / "model.pickle").read_bytes())  # noqa: S301 - as above

    def load() -> tuple[Estimator, tuple[str, ...]]:
        meta = read_vetiver_meta(snapshot.version.metadata)
        known = tuple(feature.name for feature in meta.features) if meta else ()
        return load_estimator(snapshot, allow_pickle=allow_pickle), known

    return load


def _inputs(
    estimator: Estimator, rows: pd.DataFrame, known: tuple[str, ...], request: dict[str, Any]
) -> pd.DataFrame:
    """Take what the model reads, and nothing else."""
    others = tuple(request["others"])
    return estimator.inputs(rows, known, text=request["text"], others=others)


def _batch(inputs: pd.DataFrame, size: int) -> pd.DataFrame:
    """As many rows as asked; where the data have fewer, they come again."""
    places = [number % len(inputs) for number in range(size)]
    return inputs.iloc[places].reset_index(drop=True)


def _resident() -> int:
    """Bytes of memory that the process holds now, or held at most; 0 where nobody says."""
    gc.collect()
    return _status("VmRSS") or _most_by_getrusage()


def _status(field: str) -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            name, _, size = line.partition(":")
            if name == field:
                return int(size.split()[0]) * 1024
    return 0


def _most_by_getrusage() -> int:
    """Only where there is no /proc: on Linux a child starts from the peak of its parent."""
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return 0


def _forget_peak() -> str:
    """Let the peak begin here, where the system can; name where it will be read."""
    if not _status("VmHWM"):
        return "getrusage"
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        return "VmHWM from the load on"
    return "VmHWM"


def _memory(baseline: int, loaded: int, by: str) -> dict[str, Any] | None:
    """None where the system does not tell."""
    peak = _status("VmHWM") or _most_by_getrusage()
    if not (peak and baseline):
        return None
    told = {"baseline_bytes": baseline, "loaded_bytes": loaded, "peak_bytes": peak}
    return {**told, "by": by}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
    sys.stderr.flush()
    os._exit(0)  # tidying up may take long, and nothing is to be tidied

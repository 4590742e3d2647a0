"""Publish in a child, kill it at a random moment, look at the site; as a program of its own.

Apart from the test because it forks, which only a process of one thread may do safely.
Usage: ``python -m tests.unit.publish.kill_publisher FOLDER ROUNDS SEED``; prints counts as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from hashlib import sha256
from pathlib import Path

from reportgen.publish import FolderShelf, publish_document
from reportgen.report import Document
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

REPORT = "late-flights-weekly"


def render(folder: Path, number: int) -> Document:
    inputs = sample_inputs(parameters={"number": number})
    return sample_document(folder / f"render-{os.getpid()}", inputs)


def publish(folder: Path, number: int, document: Document | None = None) -> None:
    inputs = sample_inputs(parameters={"number": number})
    data = sample_data(f"2013-W{number % 40 + 10}")
    shelf = FolderShelf(folder / "site")
    publish_document(document or render(folder, number), data, inputs, shelf, NOW)


def publish_until_killed(folder: Path, number: int, acknowledge: int) -> None:
    for count in range(1000):
        publish(folder, number + 7 * count)
        os.write(acknowledge, f"{number + 7 * count}\n".encode())
    os._exit(1)


def broken(edition: Path) -> bool:
    """Say whether a visible edition lacks anything that its manifest names."""
    try:
        manifest = json.loads((edition / "manifest.json").read_bytes())
        return any(
            sha256((edition / name).read_bytes()).hexdigest() != row["sha256"]
            for name, row in manifest["files"].items()
        )
    except (OSError, ValueError):
        return True


def look(site: Path, counts: dict[str, int]) -> None:
    report = site / REPORT
    editions = [p for p in report.glob("*") if p.is_dir() and not p.is_symlink()]
    counts["partial"] += sum(broken(edition) for edition in editions)
    latest = report / "latest"
    if latest.is_symlink():
        counts["dangling"] += not (latest / "manifest.json").is_file()
        counts["resolved"] += 1
    for page in (site / "index.html", report / "index.html"):
        if page.exists():
            counts["half_pages"] += not page.read_text().rstrip().endswith("</html>")


def main(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    counts = dict.fromkeys(
        ("partial", "dangling", "resolved", "half_pages", "acknowledged", "lost", "left"), 0
    )
    site = folder / "site"
    publish(folder, 99)  # the first one loads the templates, which a child then need not do
    began = time.monotonic()
    publish(folder, 98)
    longest_s = max(0.12, 4 * (time.monotonic() - began))  # also on a machine that does more
    for number in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            publish_until_killed(folder, number, writing)
        os.close(writing)
        time.sleep(chance.uniform(0, longest_s))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reading) as said:
            acknowledged = [int(line) for line in said.read().split()]
        counts["acknowledged"] += len(acknowledged)
        published = {
            json.loads(p.read_bytes())["inputs"]["parameters"]["number"]
            for p in (site / REPORT).glob("*/manifest.json")
        }
        counts["lost"] += len(set(acknowledged) - published)
        look(site, counts)
    publish(folder, 100_000)
    counts["left"] = len([*(site / ".publishing").glob("*.*.*"), *site.rglob(".*.new")])
    counts["published"] = len(list((site / REPORT).glob("*/manifest.json")))
    print(json.dumps(counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

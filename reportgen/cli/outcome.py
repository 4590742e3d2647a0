"""What a command says about editions when it is done, to a person and to a machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from reportgen.cli.options import read_choice
from reportgen.cli.say import note, print_json, print_verdict, wants_json

if TYPE_CHECKING:
    from reportgen.report import Manifest, Verdict

__all__ = ["check_fail_on", "fail_on", "plain_manifest", "print_editions", "print_report", "shown"]

_GRAVE = {"alert": ("alert",), "watch": ("watch", "alert")}


def check_fail_on(given: str | None) -> None:
    """Refuse a word that `--fail-on` does not take, before any work is done."""
    if given is not None:
        read_choice("--fail-on", given, tuple(_GRAVE))


def fail_on(given: str | None, states: Sequence[str]) -> None:
    """Leave with 1 when a verdict is as grave as asked."""
    if given is not None and any(state in _GRAVE[given] for state in states):
        raise typer.Exit(1)


def shown(path: Path) -> str:
    """Give a path as a person here would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def plain_manifest(manifest: Manifest) -> dict[str, Any]:
    """Give a machine what it may want to know of an edition."""
    return {
        "report": manifest.report,
        "edition": manifest.edition,
        "revision": manifest.revision,
        "kind": manifest.kind,
        "model": manifest.model,
        "verdict": {"state": manifest.state, "sentence": manifest.sentence},
        "provisional": manifest.provisional,
        "made": manifest.fresh,
        "fingerprint": manifest.fingerprint,
        "folder": None if manifest.folder is None else str(manifest.folder),
        "files": [file.name for file in manifest.files],
    }


def print_report(verdict: Verdict, paths: Sequence[Path]) -> None:
    """Say what one report found, and where its files are."""
    if wants_json():
        told = {"state": verdict.state, "sentence": verdict.sentence}
        print_json({"verdict": told, "files": [str(path) for path in paths]})
        return
    print_verdict(verdict.state, verdict.sentence)
    for path in paths:
        typer.echo(shown(path))


def print_editions(manifests: Sequence[Manifest]) -> None:
    """Say which editions were made, one line each, and which were there already."""
    if wants_json():
        print_json({"editions": [plain_manifest(manifest) for manifest in manifests]})
        return
    for manifest in manifests:
        if manifest.fresh:
            _print_made(manifest)
    made = sum(manifest.fresh for manifest in manifests)
    kept = len(manifests) - made
    if kept:
        things = "edition is" if kept == 1 else "editions are"
        note(f"{kept} {things} up to date: nothing that goes into them has changed.")


def _print_made(manifest: Manifest) -> None:
    revision = f" r{manifest.revision}" if manifest.revision > 1 else ""
    before = f"{manifest.report} {manifest.edition}{revision}"
    print_verdict(manifest.state, manifest.sentence, before=before)
    if manifest.folder is not None:
        typer.echo(f"  {shown(manifest.folder)}")

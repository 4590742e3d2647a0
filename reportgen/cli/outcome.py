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
    from reportgen.resolve import IgnoredVersion

__all__ = [
    "check_fail_on",
    "fail_on",
    "leave_when_differing",
    "plain_ignored",
    "plain_manifest",
    "print_editions",
    "print_ignored",
    "print_report",
    "shown",
]

_MOST_NAMED = 6
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
        "made_again": _plain_remade(manifest),
        "fingerprint": manifest.fingerprint,
        "folder": None if manifest.folder is None else str(manifest.folder),
        "address": manifest.address or None,
        "files": [file.name for file in manifest.files],
    }


def _plain_remade(manifest: Manifest) -> dict[str, Any] | None:
    remade = manifest.remade
    if remade is None:
        return None
    folder = None if remade.folder is None else str(remade.folder)
    return {"identical": not remade.differs, "differs": list(remade.differs), "folder": folder}


def print_report(verdict: Verdict, paths: Sequence[Path]) -> None:
    """Say what one report found, and where its files are."""
    if wants_json():
        told = {"state": verdict.state, "sentence": verdict.sentence}
        print_json({"verdict": told, "files": [str(path) for path in paths]})
        return
    print_verdict(verdict.state, verdict.sentence)
    for path in paths:
        typer.echo(shown(path))


def plain_ignored(ignored: Sequence[IgnoredVersion]) -> list[dict[str, str]]:
    """Give a machine the versions that were ignored."""
    return [{"pin": each.pin, "version": each.version, "why": each.why} for each in ignored]


def print_ignored(ignored: Sequence[IgnoredVersion]) -> None:
    """Say which versions were ignored, and why, one line each."""
    for each in ignored:
        note(f"ignored {each.pin} {each.version}: {each.why}")


def print_editions(manifests: Sequence[Manifest]) -> None:
    """Say which editions were made, one line each, and which were there already."""
    if wants_json():
        print_json({"editions": [plain_manifest(manifest) for manifest in manifests]})
        return
    for manifest in manifests:
        if manifest.fresh:
            _print_made(manifest)
    again = [manifest for manifest in manifests if not manifest.fresh and manifest.remade]
    for manifest in again:
        _print_differing(manifest)
    same = sum(not manifest.remade.differs for manifest in again if manifest.remade)
    if same:
        things = "edition was" if same == 1 else "editions were"
        note(f"{same} {things} made again, byte for byte the same: nothing to publish.")
    kept = sum(not manifest.fresh for manifest in manifests) - len(again)
    if kept:
        things = "edition is" if kept == 1 else "editions are"
        note(f"{kept} {things} up to date: nothing that goes into them has changed.")


def _print_differing(manifest: Manifest) -> None:
    """Say that equal inputs gave other bytes: something outside of them has a say."""
    remade = manifest.remade
    if remade is None or not remade.differs or remade.folder is None:
        return
    many = len(remade.differs)
    files = "1 file differs" if many == 1 else f"{many} files differ"
    named = ", ".join(remade.differs[:_MOST_NAMED])
    more = f" and {many - _MOST_NAMED} more" if many > _MOST_NAMED else ""
    typer.echo(
        f"{manifest.report} {manifest.edition}: made again from the same inputs, and {files} from "
        f"what is published: {named}{more}. The new ones are in {shown(remade.folder)}; what is "
        "published stays as it is. Look for a clock, a random number or a file of this machine "
        "in the template."
    )


def leave_when_differing(manifests: Sequence[Manifest]) -> None:
    """Leave with 1 when an edition that was made again is not what is published."""
    if any(manifest.remade and manifest.remade.differs for manifest in manifests):
        raise typer.Exit(1)


def _print_made(manifest: Manifest) -> None:
    revision = f" r{manifest.revision}" if manifest.revision > 1 else ""
    before = f"{manifest.report} {manifest.edition}{revision}"
    print_verdict(manifest.state, manifest.sentence, before=before)
    if manifest.folder is not None:
        typer.echo(f"  {shown(manifest.folder)}")
    elif manifest.address:
        typer.echo(f"  {manifest.address}")

"""An edition made again from the same inputs: the same bytes, or an alarm."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from reportgen.publish.edition import with_record
from reportgen.report import Document, Manifest, Remade, ReportData

__all__ = ["compare_remake"]


def compare_remake(
    document: Document, data: ReportData, published: Manifest, aside: Path
) -> Remade:
    """Hold an edition that was made again against the one that is published.

    Parameters
    ----------
    document : the files as they came out this time
    published : of the same fingerprint, so that every byte should be the same
    aside : folder for the new edition when it differs; what lay there is replaced

    Returns
    -------
    the files that differ, are new or are gone, and where the new ones were put
    """
    whole = with_record(document, data)
    new = {name: whole.folder / path for name, path in whole.files.items()}
    hashes = {name: sha256(path.read_bytes()).hexdigest() for name, path in new.items()}
    old = {file.name: file.sha256 for file in published.files}
    differs = tuple(name for name in sorted({*old, *hashes}) if old.get(name) != hashes.get(name))
    if not differs:
        return Remade()
    shutil.rmtree(aside, ignore_errors=True)
    for name, path in new.items():
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, aside / name)
    return Remade(differs=differs, folder=aside)

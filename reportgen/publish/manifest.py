"""manifest.json, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from reportgen.errors import ToolError
from reportgen.report import Manifest, PublishedFile, State, canonical_json

__all__ = ["MANIFEST_SCHEMA", "dump_manifest", "load_manifest"]

MANIFEST_SCHEMA = 1

_TEXTS = ("report", "edition", "title", "kind", "model", "state", "sentence", "as_of")


def dump_manifest(manifest: Manifest) -> str:
    """Write a manifest as canonical JSON; `fresh`, `folder` and `remade` are about now, and stay out."""
    plain: dict[str, Any] = {name: getattr(manifest, name) for name in _TEXTS}
    plain |= {
        "schema": MANIFEST_SCHEMA,
        "revision": manifest.revision,
        "provisional": manifest.provisional,
        "fingerprint": manifest.fingerprint,
        "inputs": manifest.inputs,
        "versions": dict(manifest.versions),
        "made": manifest.made.isoformat().replace("+00:00", "Z"),
        "files": {
            file.name: {
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "engine": file.engine,
            }
            for file in manifest.files
        },
    }
    return canonical_json(plain)


def load_manifest(text: str | bytes) -> Manifest:
    """Read a manifest back.

    Raises
    ------
    ToolError
        It is not the JSON of a manifest that this version knows.
    """
    try:
        plain = json.loads(text)
        return _manifest(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        message = f"manifest.json cannot be read ({type(cause).__name__}: {cause})"
        raise ToolError(message) from cause


def _manifest(plain: Mapping[str, Any]) -> Manifest:
    if plain["schema"] != MANIFEST_SCHEMA:
        message = f"its schema is {plain['schema']!r}; this reportgen reads {MANIFEST_SCHEMA}"
        raise ValueError(message)
    if plain["state"] not in get_args(State):
        raise ValueError(f"there is no verdict {plain['state']!r}")
    texts = {name: str(plain[name]) for name in _TEXTS}
    files = tuple(
        PublishedFile(
            name=str(name),
            size_bytes=int(row["size_bytes"]),
            sha256=str(row["sha256"]),
            engine=str(row["engine"]),
        )
        for name, row in sorted(plain["files"].items())
    )
    return Manifest(
        **texts,  # type: ignore[arg-type]  # `state` was checked above
        revision=int(plain["revision"]),
        provisional=bool(plain["provisional"]),
        fingerprint=str(plain["fingerprint"]),
        inputs=dict(plain["inputs"]),
        versions={str(key): str(value) for key, value in plain["versions"].items()},
        made=datetime.fromisoformat(plain["made"].replace("Z", "+00:00")),
        files=files,
    )

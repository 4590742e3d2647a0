"""The JSON Schemas of reportgen.yml, narratives and profiles, for editors and other programs.

``python -m reportgen.project_file.schema`` writes them again after a setting has changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reportgen.project_file.names import PROFILES
from reportgen.project_file.profile import load_profile
from reportgen.project_file.sections import SECTIONS
from reportgen.project_file.settings import NarrativeFile, ProfileFile, ProjectFile

__all__ = [
    "SCHEMAS",
    "narrative_schema",
    "profile_schema",
    "project_schema",
    "schema_text",
    "write_schemas",
]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def project_schema() -> dict[str, Any]:
    """Describe reportgen.yml."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:reportgen:project:1",
        **_untitled(ProjectFile.model_json_schema()),
        "title": "reportgen.yml",
    }


def narrative_schema() -> dict[str, Any]:
    """Describe a narrative file; the sections that we know by name, so that editors offer them."""
    schema = _untitled(NarrativeFile.model_json_schema())
    section = {"$ref": "#/$defs/SectionSettings"}
    return {
        "$schema": _DIALECT,
        "$id": "urn:reportgen:narrative:1",
        "title": "Narrative of a model",
        "description": schema["description"],
        "type": "object",
        "properties": {
            name: {**section, "description": title} for name, title in _known_sections().items()
        },
        "additionalProperties": {"allOf": [section, {"required": ["title"]}]},
        "$defs": schema["$defs"],
    }


def _known_sections() -> dict[str, str]:
    """Sections that people write, and those of the shipped profiles, which may not apply."""
    profiles = (load_profile(name) for name in PROFILES)
    computed = {section.name: section.title for each in profiles for section in each.sections}
    return {**SECTIONS, **{name: computed[name] for name in computed if name not in SECTIONS}}


def profile_schema() -> dict[str, Any]:
    """Describe a profile of one's own."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:reportgen:profile:1",
        **_untitled(ProfileFile.model_json_schema()),
        "title": "Profile of a card",
    }


SCHEMAS = {
    "reportgen.schema.json": project_schema,
    "narrative.schema.json": narrative_schema,
    "profile.schema.json": profile_schema,
}
"""File beside this module -> what writes it."""


def _untitled(schema: Any) -> Any:
    """Drop the titles that pydantic makes of field names, and close the mappings by name."""
    if isinstance(schema, dict):
        keep = {k: v for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
        if "patternProperties" in keep:
            keep["additionalProperties"] = False
        return {key: _untitled(value) for key, value in keep.items()}
    return [_untitled(item) for item in schema] if isinstance(schema, list) else schema


def schema_text(name: str) -> str:
    """Give the text of one of `SCHEMAS`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write all schemas into a folder."""
    paths = []
    for name in SCHEMAS:
        path = folder / name
        path.write_text(schema_text(name), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


if __name__ == "__main__":
    write_schemas(Path(__file__).parent)

"""What decides the bytes of an edition: its key and all that is hashed into its fingerprint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from types import MappingProxyType
from typing import Any

from reportgen import __version__
from reportgen.execute import find_template
from reportgen.pipeline.outside import Outside
from reportgen.project_file import profile_path
from reportgen.render import settings_files
from reportgen.report import Edition, Pin, ReportSpec

_PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "typst")
# Where one of these is installed, a model may be of it; another version may answer otherwise.
_OF_MODELS = ("xgboost", "xgboost-cpu", "statsmodels", "torch", "spacy", "lightgbm", "skops")

# Settings of a report that say when it is made, not what it says.
_WHEN = frozenset({"schedule", "grace", "reopen_for", "catch_up"})


def edition_key(edition: Edition, pins: Mapping[str, Pin]) -> str:
    """Give the key of an edition: its period, or the version of its model."""
    return edition.period.key if edition.period else pins["model"].version


def edition_inputs(edition: Edition, pins: Mapping[str, Pin], outside: Outside) -> dict[str, Any]:
    """Gather all that decides the bytes of an edition; `fingerprint` hashes it."""
    spec, project = edition.spec, edition.project
    template = find_template(spec.template, project.folder)
    own_settings = settings_files(template, project.folder)
    narrative = spec.model.narrative
    profile = profile_path(spec.model.profile, project.folder)
    return {
        "report": spec.name,
        "period": edition.period.key if edition.period else None,
        "timezone": project.timezone,
        "pins": {
            role: {"name": pin.name, "version": pin.version, "sha256": pin.sha256}
            for role, pin in pins.items()
        },
        "asked": _asked(spec),
        "narrative": _sha256(narrative) if narrative else None,
        "profile": _sha256(profile) if profile else None,
        "metrics": _own_code(edition),
        **_checks(edition),
        "template": _sha256(template),
        "settings": [_sha256(path) for path in own_settings],
        "parameters": dict(edition.parameters),
        "formats": list(edition.formats or spec.formats),
        "versions": {
            "reportgen": __version__,
            "python": python_version(),
            "engine": f"{outside.converter.name} {outside.converter.version}",
            **installed_packages(),
        },
    }


@cache
def installed_packages() -> Mapping[str, str]:
    """Name the packages that decide what a page says, with their versions, as they are installed."""
    of_ours = {name: version(name) for name in _PACKAGES}
    return MappingProxyType(of_ours | _installed(_OF_MODELS))


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _asked(spec: ReportSpec) -> Any:
    """Give what is asked of the report; when it is made decides nothing of what it says."""
    plain = _plain(replace(spec, model=replace(spec.model, narrative=None)))
    return {name: setting for name, setting in plain.items() if name not in _WHEN}


def _plain(spec: object) -> Any:
    if not is_dataclass(spec) or isinstance(spec, type):
        raise TypeError(f"{spec!r} is not part of a project")
    return json.loads(json.dumps(asdict(spec), default=str, sort_keys=True))


def _own_code(edition: Edition) -> dict[str, str]:
    asked = edition.spec.model.evaluation
    if asked is None or not asked.metrics:
        return {}
    from reportgen.collect.metric_files import metric_files

    return dict(metric_files(asked.metrics, edition.project.folder))


def _checks(edition: Edition) -> dict[str, Any]:
    """Digest the files behind checks, and what runs them, where there are any."""
    asked = edition.spec.model.monitoring
    if edition.spec.kind != "monitoring" or asked is None or not asked.checks:
        return {}
    from reportgen.collect.metric_files import metric_files

    folder = edition.project.folder
    files = dict(metric_files(asked.checks, folder))
    for name in asked.checks:
        if ":" not in name:
            files[name] = _sha256(folder / name)
    return {"checks": {**files, **_installed(("pandera", "pointblank"))}}


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()

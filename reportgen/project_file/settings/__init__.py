"""The shape of reportgen.yml and of a narrative file: what is checked, and what editors complete."""

from __future__ import annotations

from reportgen.project_file.settings.fields import as_written
from reportgen.project_file.settings.models import (
    EvaluationSettings,
    ModelSettings,
    MonitoringSettings,
    ThresholdSettings,
)
from reportgen.project_file.settings.reports import (
    NotifySettings,
    ProjectFile,
    ReportSettings,
    SiteSettings,
)
from reportgen.project_file.settings.sources import PinSettings, SourceSettings
from reportgen.project_file.settings.texts import NarrativeFile, ProfileFile, SectionSettings

__all__ = [
    "EvaluationSettings",
    "ModelSettings",
    "MonitoringSettings",
    "NarrativeFile",
    "NotifySettings",
    "PinSettings",
    "ProfileFile",
    "ProjectFile",
    "ReportSettings",
    "SectionSettings",
    "SiteSettings",
    "SourceSettings",
    "ThresholdSettings",
    "as_written",
]

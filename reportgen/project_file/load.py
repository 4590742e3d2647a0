"""reportgen.yml -> Project: read, checked in one go, and turned into frozen data."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from reportgen.errors import NotFoundError, ProjectError, near_miss
from reportgen.project_file.check import Mistakes, check_shape
from reportgen.project_file.environment import is_secret, resolve_references
from reportgen.project_file.names import (
    KINDS,
    MEASURES,
    METRICS,
    PROFILES,
    PROJECT_FILE,
    own_metric_names,
)
from reportgen.project_file.profile import is_own_profile
from reportgen.project_file.settings import (
    EvaluationSettings,
    ModelSettings,
    MonitoringSettings,
    NotifySettings,
    PinSettings,
    ProjectFile,
    ReportSettings,
    SiteSettings,
    SourceSettings,
    ThresholdSettings,
    as_written,
)
from reportgen.project_file.site import read_channel
from reportgen.project_file.source import Source, Where, as_plain, read_source
from reportgen.project_file.table_check import check_tables
from reportgen.project_file.window_check import check_window
from reportgen.report import (
    BoardSpec,
    Costs,
    DriftSpec,
    EvaluationSpec,
    ImportanceSpec,
    MailSpec,
    ModelSpec,
    MonitoringSpec,
    NotifyRule,
    PinRef,
    Project,
    ReportSpec,
    SiteSpec,
    SiteType,
    TableRef,
    Threshold,
)
from reportgen.report.operations_log import OperationsLogSpec

__all__ = ["load_project"]


def load_project(path: Path, environment: Mapping[str, str] | None = None) -> Project:
    """Read a project file.

    Parameters
    ----------
    path : of reportgen.yml, or of the folder it lies in
    environment : what ``${NAME}`` stands for; None: the process's own

    Raises
    ------
    NotFoundError
        There is no such file.
    ProjectError
        Mistakes in it: all of them, each with its line, the near miss and the fix.
    """
    path = _project_file(Path(path))
    source = read_source(path)
    mistakes = Mistakes(source)
    known = os.environ if environment is None else environment
    tree = _resolved(source, known, mistakes)
    folder = path.resolve().parent
    _check_models(tree, folder, mistakes)
    check_tables(tree, known, mistakes)
    _check_reports(tree, folder, mistakes)
    file = check_shape(ProjectFile, tree, mistakes)
    if file is None or mistakes.words():
        raise ProjectError(mistakes.words())
    return _project(file, folder)


def _project_file(path: Path) -> Path:
    if path.is_dir():
        path = path / PROJECT_FILE
    if not path.is_file():
        other = path.with_suffix(".yaml" if path.suffix == ".yml" else ".yml")
        hint = (
            f"There is {other.name}; rename it."
            if other.is_file()
            else "`reportgen init` makes one; --project names one that lies elsewhere."
        )
        raise NotFoundError(f"There is no project file {path}. {hint}")
    return path


def _resolved(
    source: Source, environment: Mapping[str, str], mistakes: Mistakes
) -> dict[str, Any]:
    """References are read where an address or a secret may stand, and nowhere else."""
    tree = dict(source.plain)
    _check_site(tree.get("site"), mistakes)
    _check_notify(tree, mistakes)
    for key in ("board", "site", "ledger", "notify", "mail"):
        if key in tree:
            tree[key] = resolve_references(tree[key], (key,), environment, mistakes)
    return tree


def _check_site(site: Any, mistakes: Mistakes) -> None:
    kind = _text(site, "type") if isinstance(site, dict) else None
    if kind in get_args(SiteType) and kind not in ("folder", "pin") and not _text(site, "path"):
        mistakes.add(("site", "path"), "is needed.", f"Say where the {kind} site is.")


def _check_notify(tree: dict[str, Any], mistakes: Mistakes) -> None:
    """Look at addresses as they are written: later on, a secret has taken the reference's place."""
    rules = tree.get("notify")
    mails = False
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        said = rule.get("to") if isinstance(rule, dict) else None
        for text in said if isinstance(said, list) else [said]:
            if not isinstance(text, str):
                continue
            mails |= text.startswith("mailto:")
            try:
                read_channel(text)
            except ValueError as error:
                mistakes.add(("notify", index, "to"), str(error))
        _check_reports_named(tree, rule, ("notify", index, "reports"), mistakes)
    if mails and tree.get("mail") is None:
        fix = "Add `mail:` with server and sender."
        mistakes.add(("notify",), "a mail needs a server that takes it.", fix)


def _check_reports_named(
    tree: dict[str, Any], rule: Any, where: Where, mistakes: Mistakes
) -> None:
    known = [name for name, _ in _entries(tree, "reports")]
    named = rule.get("reports") if isinstance(rule, dict) else None
    for name in named if isinstance(named, list) else ():
        if isinstance(name, str) and name not in known:
            mistakes.add(where, f"no report {name!r}.", near_miss(name, known))


def _entries(tree: Any, *path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the mappings below a path, as far as the file has the right shape."""
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, dict):
                yield key, value


def _check_models(tree: dict[str, Any], folder: Path, mistakes: Mistakes) -> None:
    if tree.get("models") == {}:
        mistakes.add(("models",), "must not be empty.")
    _check_case(tree, "models", mistakes)
    for name, model in _entries(tree, "models"):
        where: Where = ("models", name)
        said = _text(model, "narrative")
        if said and not _is_file(folder, said):
            fix = _near_file(folder, said, (".yml", ".yaml"))
            mistakes.add((*where, "narrative"), f"there is no file {said!r}.", fix)
        _check_profile(_text(model, "profile"), (*where, "profile"), folder, mistakes)
        _check_metrics_pin(model.get("monitoring"), (*where, "monitoring"), mistakes)
        check_window(model.get("monitoring"), (*where, "monitoring"), mistakes)
        _check_checks(model.get("monitoring"), (*where, "monitoring"), folder, mistakes)
        for part in ("evaluation", "monitoring"):
            for metric, _ in _entries(model, part, "thresholds"):
                own = own_metric_names(model.get(part))
                if part == "evaluation" or metric not in MEASURES:
                    _check_metric((*where, part, "thresholds", metric), metric, own, mistakes)
            for metric, limit in _entries(model, part, "thresholds"):
                _check_limits((*where, part, "thresholds", metric), limit, mistakes)
                if part == "evaluation":
                    _refuse_periods((*where, part, "thresholds", metric), limit, mistakes)


def _check_metrics_pin(monitoring: Any, where: Where, mistakes: Mistakes) -> None:
    """Refuse a pin that is read and written: each edition would make the next one another."""
    if not isinstance(monitoring, dict) or monitoring.get("metrics_pin") is None:
        return
    read = monitoring.get("history")
    read = read.get("pin") if isinstance(read, dict) else read
    if as_written(read) == as_written(monitoring["metrics_pin"]):
        fix = "Write to a pin of another name; `history` may stay."
        mistakes.add((*where, "metrics_pin"), "is the pin that `history` reads.", fix)


def _check_checks(monitoring: Any, where: Where, folder: Path, mistakes: Mistakes) -> None:
    """Refuse what names no code and no file; whether the code works is seen when it is run."""
    named = monitoring.get("checks") if isinstance(monitoring, dict) else None
    for place, said in enumerate(named if isinstance(named, list) else []):
        name = as_written(said)
        if not isinstance(name, str):
            continue
        here = (*where, "checks", place)
        if name.endswith((".yml", ".yaml")):
            if not _is_file(folder, name):
                fix = _near_file(folder, name, (".yml", ".yaml"))
                mistakes.add(here, f"there is no file {name!r}.", fix)
        elif not re.fullmatch(r"[\w.]+:\w+", name):
            fix = "Write `module:function`, or the path of a .yml file for pointblank."
            mistakes.add(here, f"{name!r} names no check.", fix)


def _check_profile(said: str | None, where: Where, folder: Path, mistakes: Mistakes) -> None:
    if not said or said in PROFILES:
        return
    if is_own_profile(said) and not _is_file(folder, said):
        fix = _near_file(folder, said, (".yml", ".yaml"))
        mistakes.add(where, f"there is no file {said!r}.", fix)
    elif not is_own_profile(said):
        fix = f"{near_miss(said, PROFILES)} One of your own is the path of a .yml file."
        mistakes.add(where, f"there is no profile {said!r}.", fix)


def _check_metric(where: Where, metric: str, own: tuple[str, ...], mistakes: Mistakes) -> None:
    known = (*own, *METRICS)
    if metric not in known:
        mistakes.add(where, "there is no such metric.", near_miss(metric, known))


def _check_limits(where: Where, limit: dict[str, Any], mistakes: Mistakes) -> None:
    low, high = limit.get("min"), limit.get("max")
    numbers = all(
        isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high)
    )
    if numbers and low > high:  # type: ignore[operator]
        mistakes.add(where, f"min ({low}) is greater than max ({high}).")


def _refuse_periods(where: Where, limit: dict[str, Any], mistakes: Mistakes) -> None:
    """Refuse what only periods have: a card is of one evaluation."""
    for setting in ("relative", "band", "after"):
        if setting in limit:
            fix = "Set it under `monitoring:`."
            mistakes.add((*where, setting), "a card has no periods to compare.", fix)


def _check_case(tree: dict[str, Any], part: str, mistakes: Mistakes) -> None:
    """Refuse names that some file systems take for one."""
    first: dict[str, str] = {}
    for name, _ in _entries(tree, part):
        other = first.setdefault(name.casefold(), name)
        if other != name:
            mistakes.add((part, name), f"differs from {other!r} only in upper and lower case.")


def _check_reports(tree: dict[str, Any], folder: Path, mistakes: Mistakes) -> None:
    models = dict(_entries(tree, "models"))
    _check_case(tree, "reports", mistakes)
    for name, report in _entries(tree, "reports"):
        where: Where = ("reports", name)
        kind = _check_template(report, where, folder, mistakes)
        _check_model(report, where, models, kind, mistakes)
        for parameter, _ in _parameters(report):
            if is_secret(parameter) and parameter != "key":
                mistakes.add(
                    (*where, "parameters", parameter),
                    "a parameter is published with the report, so it cannot be a secret.",
                    "Let the board hold the credential: board.options.",
                )


def _parameters(report: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    given = report.get("parameters")
    if isinstance(given, dict):
        yield from given.items()


def _check_template(
    report: dict[str, Any], where: Where, folder: Path, mistakes: Mistakes
) -> str | None:
    template, kind = _text(report, "template"), report.get("kind")
    if not template:
        return None
    here = (*where, "template")
    if template in KINDS:
        if kind not in (None, KINDS[template]):
            mistakes.add(
                (*where, "kind"), f"{template} is of kind {KINDS[template]!r}.", "Leave it out."
            )
        return KINDS[template]
    if not template.endswith((".qmd", ".ipynb")):
        beside = [item.name for item in folder.iterdir() if item.suffix in (".qmd", ".ipynb")]
        fix = near_miss(template, [*KINDS, *sorted(beside)])
        mistakes.add(here, f"there is no template {template!r}.", fix)
    elif not _is_file(folder, template):
        fix = _near_file(folder, template, (".qmd", ".ipynb"))
        mistakes.add(here, f"there is no file {template!r}.", fix)
    elif kind is None:
        mistakes.add(
            (*where, "kind"),
            "is needed for a template of your own.",
            "Say `kind: card` or `kind: monitoring`: it decides what is measured.",
        )
    return kind if isinstance(kind, str) else None


def _text(tree: dict[str, Any], key: str) -> str | None:
    """Give a text as the settings will read it; None where it is not one."""
    said = as_written(tree.get(key))
    return said if isinstance(said, str) else None


def _is_file(folder: Path, said: str) -> bool:
    try:
        return (folder / said).is_file()
    except (OSError, ValueError):  # a name that no file system takes
        return False


def _near_file(folder: Path, said: str, suffixes: tuple[str, ...]) -> str:
    try:
        beside = tuple((folder / said).parent.iterdir())
    except (OSError, ValueError):
        return f"There is no folder {Path(said).parent.as_posix()!r} beside {PROJECT_FILE}."
    there = sorted(item.name for item in beside if item.suffix in suffixes)
    near = near_miss(Path(said).name, there)
    return near if near.startswith("Did") else f"Paths start at the folder of {PROJECT_FILE}."


def _check_model(
    report: dict[str, Any],
    where: Where,
    models: dict[str, dict[str, Any]],
    kind: str | None,
    mistakes: Mistakes,
) -> None:
    name = _text(report, "model")
    if name is None:
        return
    if name not in models:
        fix = near_miss(name, list(models))
        mistakes.add((*where, "model"), f"no model {name!r}.", fix)
    elif kind == "monitoring" and models[name].get("monitoring") is None:
        mistakes.add(
            (*where, "model"),
            f"model {name!r} has no monitoring settings.",
            f"Add models.{name}.monitoring with data and time, or use template: model_card.",
        )


def _project(file: ProjectFile, folder: Path) -> Project:
    models = {name: _model(name, said, folder) for name, said in file.models.items()}
    return Project(
        folder=folder,
        name=file.project,
        board=BoardSpec(
            type=file.board.type,
            path=file.board.path,
            options=as_plain(file.board.options),
            allow_pickle=tuple(file.board.allow_pickle),
        ),
        site=_site(file.site, folder),
        ledger=file.ledger,
        timezone=file.timezone,
        models=models,
        reports={name: _report(name, said, models) for name, said in file.reports.items()},
        site_url=file.site.url.rstrip("/"),
        notify=tuple(rule for said in file.notify for rule in _rules(said)),
        mail=MailSpec(**file.mail.model_dump()) if file.mail else None,
    )


def _site(said: SiteSettings, folder: Path) -> Path | SiteSpec:
    if said.type == "folder":
        return folder / (said.path or "site")
    return SiteSpec(type=said.type, path=said.path, options=as_plain(said.options))


def _rules(said: NotifySettings) -> tuple[NotifyRule, ...]:
    return tuple(
        NotifyRule(to=to, on=tuple(said.on), reports=tuple(said.reports), page=said.page)
        for to in said.to
    )


def _model(name: str, said: ModelSettings, folder: Path) -> ModelSpec:
    return ModelSpec(
        name=name,
        pin=PinRef(name=said.pin or name, version=said.version),
        title=said.title,
        description=said.description,
        task=said.task,
        narrative=folder / said.narrative if said.narrative else None,
        profile=said.profile,
        evaluation=_evaluation(said.evaluation) if said.evaluation else None,
        monitoring=_monitoring(said.monitoring) if said.monitoring else None,
    )


def _pin(said: PinSettings | None) -> PinRef | None:
    return None if said is None else PinRef(name=said.pin, version=said.version)


def _source(said: SourceSettings) -> PinRef | TableRef:
    if said.table is not None:
        return TableRef(address=said.table, name=said.name or "")
    return PinRef(name=said.pin or "", version=said.version)


def _segments(said: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(columns) for columns in said)


def _thresholds(said: Mapping[str, ThresholdSettings]) -> dict[str, Threshold]:
    return {
        metric: Threshold(
            minimum=limit.min,
            maximum=limit.max,
            material=limit.material,
            relative=limit.relative,
            band=limit.band,
            after=limit.after,
        )
        for metric, limit in said.items()
    }


def _evaluation(said: EvaluationSettings) -> EvaluationSpec:
    return EvaluationSpec(
        data=PinRef(name=said.data.pin, version=said.data.version),
        target=said.target,
        segments=_segments(said.segments),
        population=_pin(said.population),
        positive=said.positive,
        threshold=said.threshold,
        id=said.id,
        weight=said.weight,
        confidence=said.confidence,
        thresholds=_thresholds(said.thresholds),
        training=_pin(said.training),
        baseline=said.baseline,
        row_id=said.row_id,
        costs=Costs(**said.costs.model_dump()) if said.costs else None,
        metrics=tuple(said.metrics),
        minimum_group=said.minimum_group,
        importance=ImportanceSpec(**said.importance.model_dump()) if said.importance else None,
        operations=_pin(said.operations),
        text=said.text,
    )


def _monitoring(said: MonitoringSettings) -> MonitoringSpec:
    return MonitoringSpec(
        data=_source(said.data),
        time=said.time,
        every=said.every,
        window=said.window,
        reference=_source(said.reference) if said.reference else None,
        prediction=said.prediction,
        score=said.score,
        target=said.target,
        positive=said.positive,
        features=None if said.features is None else tuple(said.features),
        segments=_segments(said.segments),
        label_delay=said.label_delay,
        confidence=said.confidence,
        thresholds=_thresholds(said.thresholds),
        history=_pin(said.history),
        metrics_pin=said.metrics_pin,
        estimated=said.estimated,
        drift=DriftSpec(**said.drift.model_dump()),
        operations=OperationsLogSpec(**said.operations.model_dump()) if said.operations else None,
        checks=tuple(said.checks),
        row_id=said.row_id,
        duplicates=said.duplicates,
        texts=tuple(said.texts),
        embeddings=tuple(said.embeddings),
    )


def _report(name: str, said: ReportSettings, models: Mapping[str, ModelSpec]) -> ReportSpec:
    return ReportSpec(
        name=name,
        kind=said.kind or KINDS[said.template],
        model=models[said.model],
        template=said.template,
        title=said.title,
        formats=tuple(dict.fromkeys(said.formats)),
        parameters=as_plain(said.parameters),
        schedule=said.schedule,
        grace=said.grace,
        reopen_for=said.reopen_for,
        catch_up=said.catch_up.model_dump(exclude_none=True),
    )

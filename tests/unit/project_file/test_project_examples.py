"""Every example is read by the code without a mistake."""

import re
from datetime import date
from pathlib import Path

import pytest

from reportgen import present
from reportgen.execute import declared_parameters
from reportgen.project_file import load_narrative, load_project

EXAMPLES = Path(__file__).parents[3] / "examples"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("reportgen.yml")), ids=lambda p: p.parent.name
)
def test_an_example_loads_with_its_narratives(path: Path) -> None:
    project = load_project(path, ENVIRONMENT)

    assert project.reports
    for model in project.models.values():
        if model.narrative is not None:
            sections = load_narrative(model.narrative, as_of=date(2000, 1, 1))
            assert any(section.state == "attested" for section in sections)


def test_every_example_is_listed() -> None:
    words = (EXAMPLES / "README.md").read_text()

    assert all(f"`{path.parent.name}`" in words for path in EXAMPLES.rglob("reportgen.yml"))


def test_settings_can_be_shared_and_changed_in_one_place() -> None:
    models = load_project(EXAMPLES / "churn-on-s3", ENVIRONMENT).models

    churn, uk = models["churn"].evaluation, models["churn-uk"].evaluation
    assert churn is not None
    assert uk is not None
    assert (uk.target, uk.positive, uk.threshold) == (churn.target, "yes", 0.35)
    assert (uk.data.name, uk.segments) == ("ann/churn-test-uk", (("plan",),))


def test_the_template_of_an_example_declares_its_parameters_and_uses_known_words() -> None:
    folder = EXAMPLES / "churn-on-s3"
    report = load_project(folder, ENVIRONMENT).reports["churn-monthly"]
    template = folder / report.template

    declared = declared_parameters(template)
    assert {"record", *report.parameters} == set(declared)
    called = set(re.findall(r"\b([a-z_]+)\(", template.read_text()))
    assert called <= set(present.__all__)

"""Which settings win, and what is said about those that mean nothing."""

from __future__ import annotations

import pytest

from reportgen.errors import TemplateError
from reportgen.render import load_settings
from reportgen.render.check import check_cells, check_settings
from reportgen.render.notebook import read_notebook
from reportgen.render.settings import parse_mapping, shipped_settings_file
from reportgen.render.shortcodes import expand_includes, expand_shortcodes
from reportgen.render.theme import colour_tokens, contrast, palette_css
from reportgen.report.palette import DARK, LIGHT
from tests.unit.render.notebooks import body, code, convert, markdown, settings_for, write_notebook


def template(folder, front):
    folder.mkdir(exist_ok=True)
    path = folder / "card.qmd"
    path.write_text(f"---\n{front}\n---\n\nText.\n", encoding="utf-8")
    return path


def test_the_later_of_the_places_wins(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    project.joinpath("_quarto.yml").write_text(
        "lang: de\nauthor: A\nformat:\n  html:\n    toc: false\n    toc-depth: 4\n"
    )
    path = template(tmp_path / "cards", "title: T\nlang: fr\nformat:\n  html:\n    toc-depth: 5")
    settings = load_settings(path, project, {"title": "Given"})
    assert settings.text("title") == "Given"
    assert settings.text("lang") == "fr"
    assert settings.text("author") == "A"
    assert settings.option("toc", "html") is False
    assert settings.option("toc-depth", "html") == 5
    assert settings.option("papersize", "pdf") == "a4"
    assert settings.option("execute.echo", "html") is False


def test_a_template_wins_over_what_lower_layers_say_of_a_format(tmp_path):
    settings = load_settings(
        template(tmp_path, "papersize: a5\ntoc: true\nformat:\n  html:\n    toc: false")
    )
    assert settings.option("papersize", "pdf") == "a5"
    assert settings.option("toc", "pdf") is True
    assert settings.option("toc", "html") is False


def test_a_format_may_be_a_word(tmp_path):
    settings = load_settings(template(tmp_path, "format: html"))
    assert settings.option("execute.echo", "html") is False
    assert (
        load_settings(template(tmp_path, "format:\n  html: default")).option("toc", "html") is True
    )


def test_a_date_stays_as_it_was_written(tmp_path):
    assert load_settings(template(tmp_path, "date: 2013-05-01")).text("date") == "2013-05-01"


def test_the_clock_is_no_date(tmp_path):
    page = body(tmp_path, "Text.", front="title: x\ndate: today")
    assert "byline" not in page


@pytest.mark.parametrize(
    "front", ["a: [1", "- a", "a: *x", "a: !!python/object:os.system x", "x: {a: b: c}"]
)
def test_bad_yaml_is_an_error_with_its_line(tmp_path, front):
    with pytest.raises(TemplateError, match=r"card\.qmd:\d"):
        load_settings(template(tmp_path, front))


def test_an_unknown_setting_is_said_with_its_line(tmp_path):
    settings = load_settings(template(tmp_path, "title: x\ntocc: true\ninclude-in-header: x.html"))
    said = list(check_settings(settings))
    assert said[0] == "card.qmd:3  unknown setting 'tocc'. Did you mean 'toc'?"
    assert said[1].startswith(
        "card.qmd:4  the embedded engine does not act on 'include-in-header'"
    )


def test_the_shipped_settings_hold_nothing_unknown(tmp_path):
    assert list(check_settings(load_settings(template(tmp_path, "title: x")))) == []
    content, _ = parse_mapping(shipped_settings_file().read_text(encoding="utf-8"), "_quarto.yml")
    assert {"html", "typst", "docx", "gfm", "revealjs"} <= set(content["format"])


def test_a_missing_template_is_named(tmp_path):
    with pytest.raises(TemplateError, match=r"no template nothing\.qmd"):
        load_settings(tmp_path / "nothing.qmd")


def checked(folder, *cells):
    path = write_notebook(folder, *cells)
    return list(check_cells(read_notebook(path), load_settings(path)))


def test_unknown_options_and_references_are_said_with_their_line(tmp_path):
    said = checked(
        tmp_path,
        markdown(
            "# Title {#sec-a}\n\nSee @fig-rock and @sec-a, not `@fig-code`, a\\@fig-no.", line=5
        ),
        code("#| label: fig-roc\n#| fig-capt: Words\nx", line=20),
        markdown("```\n@fig-in-code\n```", line=30),
    )
    assert said == [
        "template.ipynb:7  @fig-rock refers to nothing. Did you mean 'fig-roc'?",
        "template.ipynb:21  unknown cell option 'fig-capt'. Did you mean 'fig-cap'?",
    ]


def test_an_unresolved_reference_shows_on_the_page(tmp_path):
    page, conversion = convert(tmp_path, markdown("See @tbl-none."))
    assert "<strong>?@tbl-none</strong>" in page
    assert len(conversion.warnings) == 1


def test_an_unknown_callout_is_an_error_with_its_line(tmp_path):
    with pytest.raises(TemplateError, match=r"template.ipynb:9  unknown callout 'notee'.*'note'"):
        checked(tmp_path, markdown("\n\n::: {.callout-notee}\nx\n:::", line=7))


def test_cell_options_that_are_no_yaml(tmp_path):
    with pytest.raises(TemplateError, match=r"template.ipynb:4  the options of the cell"):
        checked(tmp_path, code("#| label: [\nx", line=4))
    with pytest.raises(TemplateError, match="is no label"):
        checked(tmp_path, code('#| label: "fig-a} b"\nx'))


def test_shortcodes(tmp_path):
    tmp_path.joinpath("_variables.yml").write_text("team:\n  name: Flight *Ops*\nflag: true\n")
    settings = settings_for(tmp_path, **{"as-of": "<b> *x*"})
    said = expand_shortcodes(
        "By {{< var team.name >}}, {{< meta title >}}, {{< meta as-of >}}, {{< var flag >}}, "
        "`{{< var x >}}`, {{{< meta y >}}}",
        settings,
        1,
    )
    assert said == (
        "By Flight *Ops*, A card, \\<b\\> \\*x\\*, true, `{{< var x >}}`, `{{< meta y >}}`"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{< metta title >}}", r"unknown shortcode 'metta'.*'meta'"),
        ("{{< video x.mp4 >}}", "--engine quarto"),
        ("{{< env HOME >}}", "env is refused"),
        ("{{< var nothing >}}", "var nothing is not set"),
        ("{{< meta tittle >}}", "Did you mean 'title'"),
        ("{{< meta >}}", "takes one name"),
        ("{{< var 'x >}}", "not well written"),
    ],
)
def test_shortcodes_that_cannot_be_replaced(tmp_path, text, why):
    with pytest.raises(TemplateError, match=rf"template.ipynb:12  .*{why}"):
        expand_shortcodes(f"\n\n{text}", settings_for(tmp_path), 10)


def test_files_are_included_from_the_folder_alone(tmp_path):
    settings = settings_for(tmp_path / "in")
    folder = tmp_path / "in"
    folder.joinpath("sub").mkdir()
    folder.joinpath("sub", "a.md").write_text("---\ntitle: no\n---\nA {{< include b.md >}}\n")
    folder.joinpath("sub", "b.md").write_text("B\n")
    folder.joinpath("loop.md").write_text("{{< include loop.md >}}")
    folder.joinpath("cell.md").write_text("text\n\n```{python}\n1\n```\n")
    tmp_path.joinpath("out.md").write_text("secret")
    folder.joinpath("link.md").symlink_to(tmp_path / "out.md")
    assert expand_includes("{{< include sub/a.md >}}.", settings, 1) == "A B."
    for name, why in (
        ("../out.md", "outside"),
        ("link.md", "outside"),
        ("/etc/passwd", "no such file"),
        ("loop.md", "include each other: loop.md → loop.md"),
        ("sub/c.md", "no such file"),
        ("cell.md", r"cell.md:3  an included file has a \{python\} cell"),
    ):
        with pytest.raises(TemplateError, match=why):
            expand_includes(f"{{{{< include {name} >}}}}", settings, 1)


def test_a_brand_changes_colours_fonts_and_logo(tmp_path):
    tmp_path.joinpath("_brand.yml").write_text(
        "meta: {name: Acme}\ncolor:\n  palette: {navy: '#123'}\n  primary: navy\n"
        "  background: {light: '#fffffe', dark: '#101010'}\n"
        "typography: {base: Inter, headings: {family: Lora}}\nlogo: logo.svg\n"
    )
    tmp_path.joinpath("logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    )
    page, _ = convert(tmp_path, markdown("Text."))
    assert "--rg-accent:#112233" in page
    assert "--rg-paper:#101010" in page
    assert '--rg-font-base:"Inter"' in page
    assert 'class="rg-drawing logo"' in page
    assert ">Acme</title>" in page


@pytest.mark.parametrize(
    ("brand", "why"),
    [
        ("color: {primary: blau}", "neither #rrggbb nor"),
        ("color: {palette: {a: b, b: a}, primary: a}", "neither"),
        ("logo: ../logo.svg", "no logo"),
        ("typography: {base: 'x;} body {display:none'}", "not the name of a font"),
    ],
)
def test_a_bad_brand_is_named(tmp_path, brand, why):
    tmp_path.joinpath("_brand.yml").write_text(brand)
    with pytest.raises(TemplateError, match=why):
        settings_for(tmp_path)


def test_both_palettes_reach_the_contrast_of_wcag_aa():
    for palette in (LIGHT, DARK):
        for text in ("ink", "muted", "accent", "ok", "watch", "alert", "unknown"):
            for ground in ("paper", "panel"):
                assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
        for state in ("accent", "ok", "watch", "alert", "unknown"):
            assert contrast(palette[state], palette[f"{state}-soft"]) >= 4.5, state
            assert contrast(palette["ink"], palette[f"{state}-soft"]) >= 4.5, state
        for number in range(1, 7):
            assert contrast(palette[f"series-{number}"], palette["paper"]) >= 3


def test_every_token_has_a_variable_in_light_and_dark(tmp_path):
    css = palette_css(settings_for(tmp_path).brand)
    for token, colour in colour_tokens(settings_for(tmp_path).brand)[1].items():
        assert f"--rg-{token}:{colour}" in css
    assert css.count("--rg-ink:") == 2
    assert palette_css(settings_for(tmp_path).brand, "dark").count("--rg-ink:") == 1

"""Nothing in data runs in a page, is fetched by it, or leaves its folder."""

from __future__ import annotations

import re

import pytest

from reportgen.errors import ConvertError, LimitError
from reportgen.render.drawing import inline_images, inline_svg, share_styles
from reportgen.render.process import clean_environment, run_program
from reportgen.render.sanitise import sanitise_html, unique_ids
from tests.unit.render.notebooks import DRAWING, code, convert, markdown, shown, write_notebook


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><a href='javascript:alert(1)'><text>x</text></a></svg>",
        "<svg><use href='http://example.org/x.svg#a'/></svg>",
        "<svg onload=alert(1)></svg>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe src='http://example.org'></iframe>",
        "<form action='http://example.org'><input type='text' name='q'></form>",
        "<p style='background:url(http://example.org/x)'>x</p>",
        "<style>@import 'http://example.org/x.css'</style>",
        "<link rel=stylesheet href='http://example.org/x.css'>",
        "<meta http-equiv=refresh content='0;url=http://example.org'>",
        "<img src='http://example.org/x.png'>",
        "<img src='//example.org/x.png'>",
        "<object data='http://example.org'></object>",
        "<base href='http://example.org'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    ],
)
def test_what_runs_or_is_fetched_is_taken_out(hostile):
    safe = sanitise_html(hostile)
    assert "javascript:" not in safe
    assert "<script" not in safe
    assert "example.org" not in safe
    assert "data:text" not in safe
    for word in ("onerror=", "onload=", "<iframe", "<form", "<object", "<base", "<style"):
        assert word not in safe.replace("&lt;", "").replace("img title=", "")


def test_what_a_page_needs_stays():
    kept = (
        '<svg viewBox="0 0 10 10" preserveAspectRatio="none" role="img" aria-label="x">'
        '<linearGradient id="g" gradientTransform="rotate(1)"></linearGradient>'
        '<clipPath id="c"></clipPath><path d="M0 0" style="stroke:var(--rg-accent)"></path></svg>'
        '<button type="button" class="rg-value" popovertarget="v1" data-note="3">1</button>'
        '<span id="v1" popover="" class="rg-note">detail</span>'
        '<input class="tab-input" type="radio" name="t" id="t-1" checked="">'
        '<table><tbody><tr><th scope="row">x</th></tr></tbody></table>'
    )
    assert sanitise_html(kept) == kept
    assert "text" not in sanitise_html('<input type="text">')


def test_raw_html_of_a_template_is_sanitised_in_the_page(tmp_path):
    page, _ = convert(
        tmp_path,
        markdown(
            '[x](javascript:alert(1)) <b onclick="alert(2)">b</b>\n\n<script>alert(3)</script>'
        ),
        code("x", shown(html="<div onmouseover='alert(4)'>y</div>")),
    )
    for number in range(1, 5):
        assert f"alert({number})" not in page.replace("<p>alert", "")
    assert "<b>b</b>" in page


def test_a_link_that_runs_something_is_no_link_in_a_pdf(tmp_path):
    from pypdf import PdfReader

    _, conversion = convert(
        tmp_path, markdown("[a](javascript:alert(1)) [b](https://example.org)"), to="pdf"
    )
    found = [
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(conversion.files["pdf"]).pages
        for annotation in page.get("/Annots", ())
    ]
    assert found == ["https://example.org"]


def test_titles_from_data_are_no_markup(tmp_path):
    from reportgen.render import load_settings
    from reportgen.render.embedded import Embedded
    from tests.unit.render.notebooks import pdf_text

    title = '<b onclick="x">*A* `b` $c$ @d {{< meta x >}}</b> #read("x") \\'
    notebook = write_notebook(tmp_path, markdown("Text."))
    settings = load_settings(notebook, None, {"title": title, "as-of": "<i>2013</i>"})
    made = Embedded().convert(notebook, ("html", "pdf", "docx", "gfm"), settings).files
    page = made["html"].read_text(encoding="utf-8")
    assert (
        '&lt;b onclick="x"&gt;*A* `b` $c$ @d {{&lt; meta x &gt;}}&lt;/b&gt; #read("x") \\</h1>'
        in page
    )
    assert "&lt;i&gt;2013&lt;/i&gt;" in page
    assert '#read("x")' in pdf_text(made["pdf"]).replace("“", '"').replace("”", '"')
    assert "<b" not in made["gfm"].read_text(encoding="utf-8").replace("\\<b", "")


def test_a_style_that_drawings_repeat_is_written_once():
    drawn = "".join(inline_svg(DRAWING, {"alt": "a"}, f"g{at}") for at in range(2))
    body, rules = share_styles(drawn)
    styles = dict(re.findall(r"\.rg-drawing \.(d\d+)\{(.*)\}", rules))
    assert styles
    given = re.findall(r'<(?:path|text|rect|use)[^>]*? style="([^"]*)"', drawn)
    shared = [styles[name] for name in re.findall(r' class="(d\d+)"', body)]
    kept = re.findall(r'<(?:path|text|rect|use)[^>]*? style="([^"]*)"', body)
    assert sorted(shared + kept) == sorted(given)
    assert len(body) < len(drawn)


def test_a_drawing_follows_the_pages_colours():
    drawn = inline_svg(DRAWING, {"alt": "Rising &amp; flat"}, "g7")
    assert 'role="img" aria-labelledby="g7-title"' in drawn
    assert '<title id="g7-title">Rising &amp; flat</title>' in drawn
    assert "fill:var(--rg-paper)" in drawn
    assert (
        "stroke:var(--rg-series-1)" in drawn
    )  # was an attribute, where a variable does not count
    assert 'fill="none"' in drawn
    defined = set(re.findall(r'id="(g7-\d+)"', drawn))
    assert set(re.findall(r'href="#(g7-\d+)"', drawn)) <= defined
    assert set(re.findall(r"url\(#(g7-\d+)\)", drawn)) <= defined
    assert len(defined) == 2
    assert "stroke-linejoin:round" in drawn
    assert "script" not in drawn
    assert "40.1 151" in drawn
    assert "max-width:614px" in drawn


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
            "entities",
        ),
        ("<html></html>", "not SVG"),
        ("<svg", "not well-formed"),
    ],
)
def test_what_is_no_drawing_is_refused(text, why):
    with pytest.raises(ConvertError, match=why):
        inline_svg(text, {}, "g1", "x.svg")


def test_pictures_come_from_the_folder_alone(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    tmp_path.joinpath("secret.png").write_bytes(b"secret")
    inside.joinpath("link.png").symlink_to(tmp_path / "secret.png")
    body = (
        '<img src="../secret.png" alt="a"><img src="link.png" alt="b"><img src="no.png" alt="c">'
    )
    shown_, warnings = inline_images(body, inside)
    assert "<img" not in shown_
    assert "c2VjcmV0" not in shown_
    assert len(warnings) == 3
    assert "no.png" in warnings[2]


def test_a_picture_as_data_stays(tmp_path):
    page, conversion = convert(
        tmp_path,
        code(
            "x",
            shown(
                png="iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
            ),
        ),
    )
    assert 'src="data:image/png;base64,iVBOR' in page
    assert conversion.warnings == ()


def test_ids_are_made_unique():
    assert unique_ids('<p id="a"></p><p id="a"></p><p class="x" id="a"></p>') == (
        '<p id="a"></p><p id="a-2"></p><p class="x" id="a-3"></p>'
    )


def test_an_output_cannot_close_what_it_did_not_open(tmp_path):
    page, _ = convert(
        tmp_path,
        code(
            "#| label: fig-a\n#| fig-cap: Mine\nx", shown(markdown="inside\n\n:::\n\nstill inside")
        ),
    )
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert "still inside" in figure


def test_a_shortcode_in_data_stays_text(tmp_path):
    page, _ = convert(
        tmp_path, code("x", shown(markdown="{{< env HOME >}} {{< include /etc/passwd >}}"))
    )
    assert "root:" not in page
    assert "include /etc/passwd" in page


def test_typst_fetches_no_package_and_reads_no_other_folder(tmp_path):
    with pytest.raises(ConvertError, match="package"):
        convert(
            tmp_path / "a", markdown('```{=typst}\n#import "@preview/cetz:0.2.0"\n```'), to="pdf"
        )
    tmp_path.joinpath("secret.txt").write_text("secret")
    with pytest.raises(ConvertError, match="typst compile"):
        convert(tmp_path / "b", markdown('```{=typst}\n#read("../secret.txt")\n```'), to="pdf")


def test_a_program_that_never_ends_is_stopped_with_its_children(tmp_path):
    script = "sleep 60 & echo $! > child; wait"
    with pytest.raises(LimitError, match=r"longer than 0\.5 s"):
        run_program(
            ["bash", "-c", script], folder=tmp_path, limit_s=0.5, environment=clean_environment()
        )
    child = int(tmp_path.joinpath("child").read_text())
    state = ""
    try:
        with open(f"/proc/{child}/stat") as status:  # noqa: PTH123
            state = status.read().split()[2]
    except FileNotFoundError:
        pass
    assert state in ("", "Z")


def test_a_program_that_fails_says_command_code_and_last_lines(tmp_path):
    with pytest.raises(ConvertError, match=r"`bash -c .*` failed with exit code 3:\n  the end"):
        run_program(
            ["bash", "-c", "echo the end >&2; exit 3"],
            folder=tmp_path,
            limit_s=10,
            environment=clean_environment(),
        )


def test_a_converter_knows_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    out, _ = run_program(["env"], folder=tmp_path, limit_s=10, environment=clean_environment())
    assert "hunter2" not in out
    assert "TZ=UTC" in out

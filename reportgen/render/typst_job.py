"""One job for Typst, read from stdin: the script that `typesetting` runs in its own process.

It imports nothing of ours, for it is started anew for every document and each import would be
paid each time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Job = dict[str, Any]


def main(job: Job) -> int:
    """Do the job in the current folder; what Typst says goes to stderr."""
    try:
        import typst
    except ImportError:
        sys.stderr.write("Typst is not installed. `pip install typst` installs it.\n")
        return 1
    try:
        if job["kind"] == "png":
            _draw(job)
        else:
            _typeset(job)
    except typst.TypstError as error:
        hints = [f"hint: {hint}" for hint in error.hints]
        sys.stderr.write("\n".join([str(error.diagnostic or error.message), *hints]) + "\n")
        return 1
    return 0


def _typeset(job: Job) -> None:
    import typst

    typst.compile(
        job["source"],
        output=job["target"],
        sys_inputs={"settings": json.dumps(job["inputs"])},
        pdf_standards=["ua-1"],
        pdf_tags=True,
        root=".",
        font_paths=job["fonts"],
        ignore_system_fonts=True,
    )


def _draw(job: Job) -> None:
    import typst

    folder = Path(".reportgen")
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(job["drawings"]):
        text = (
            "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
            f"#image({json.dumps('/' + name)})\n"
        )
        typst.compile(
            text.encode(),
            output=str(folder / f"drawing-{number + 1}.png"),
            format="png",
            ppi=200,
            root=".",
            font_paths=job["fonts"],
            ignore_system_fonts=True,
        )


if __name__ == "__main__":
    sys.exit(main(json.load(sys.stdin)))

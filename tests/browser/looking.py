"""Open a page as a reader would, and write down all that happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Seen", "open_page", "violations"]

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@dataclass
class Seen:
    page: Any
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def open_page(
    browser: Any, path: Path, *, width: int = 1280, scheme: str = "light", media: str = "screen"
) -> Iterator[Seen]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        seen = Seen(page=context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on(
            "console", lambda message: seen.said.append(f"{message.type}: {message.text}")
        )
        seen.page.on("pageerror", lambda error: seen.said.append(f"error: {error}"))
        seen.page.emulate_media(media=media)
        seen.page.goto(path.as_uri(), wait_until="load")
        yield seen
    finally:
        context.close()


def violations(seen: Seen, axe: str) -> list[str]:
    """Give what axe-core finds against WCAG 2.2 AA, each with the elements it is about."""
    seen.page.evaluate(f"{axe}; null")
    options = {"runOnly": {"type": "tag", "values": list(WCAG)}, "resultTypes": ["violations"]}
    found = seen.page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]

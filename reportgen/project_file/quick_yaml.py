"""YAML nodes from libyaml's events, for files so large that the wait is felt.

PyYAML's own parser takes half a second for a thousand reports, libyaml's a tenth of that. What
libyaml refuses, in words of its own, is left to PyYAML, so that a mistake reads the same in a file
of any length.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml
from yaml.composer import Composer

__all__ = ["LARGE_BYTES", "compose_quickly"]

LARGE_BYTES = 10_000


def compose_quickly(text: str | bytes, most_depth: int) -> yaml.Node | None:
    """Give the node of the only document in a text; None where it is not certain.

    Parameters
    ----------
    most_depth : of nodes in nodes
    """
    if len(text) < LARGE_BYTES or not yaml.__with_libyaml__:
        return None
    with suppress(yaml.YAMLError, ValueError, TypeError, RecursionError):
        return _composed(text, most_depth)
    return None


def _composed(text: str | bytes, most_depth: int) -> yaml.Node | None:
    class Events(Composer, yaml.CSafeLoader):
        """libyaml's events, composed in Python: every scalar stays text, and nesting has a floor."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012
        depth = 0

        def __init__(self) -> None:
            yaml.CSafeLoader.__init__(self, text)
            Composer.__init__(self)

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.depth += 1
            if self.depth > most_depth:
                raise RecursionError("nested too deeply")
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    node: yaml.Node | None = Events().get_single_node()
    return node

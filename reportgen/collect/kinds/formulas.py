"""Which columns a fitted formula reads."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["columns_of_term", "formula_columns"]


def formula_columns(model: Any) -> tuple[str, ...]:
    """List the columns that the right-hand side of a fitted formula reads, in its order.

    Parameters
    ----------
    model : of statsmodels, made from a formula; its design was made by patsy or formulaic
    """
    design = getattr(model, "model_spec", None) or getattr(model.data, "model_spec", None)
    if design is None:
        return ()
    factors = getattr(design, "factor_infos", None)
    if factors is None:
        return tuple(str(name) for name in getattr(design, "required_variables", ()))
    codes = [str(getattr(factor, "code", "")) for factor in factors]
    return tuple(dict.fromkeys(name for code in codes for name in columns_of_term(code)))


def columns_of_term(code: str) -> tuple[str, ...]:
    """List the columns in one term: names, but no functions and no modules.

    Examples
    --------
    >>> columns_of_term("np.log(price + 1) * C(city, levels=known)")
    ('price', 'city', 'known')
    >>> columns_of_term("Q('odd name')")
    ('odd name',)
    """
    found: dict[str, None] = {}
    _walk(ast.parse(code, mode="eval").body, found)
    return tuple(found)


def _walk(node: ast.AST, found: dict[str, None]) -> None:
    if isinstance(node, ast.Name):
        found[node.id] = None
    elif isinstance(node, ast.Attribute):
        if not isinstance(node.value, ast.Name):  # a name before a dot is a module
            _walk(node.value, found)
    elif isinstance(node, ast.Call):
        _walk_call(node, found)
    else:
        for each in ast.iter_child_nodes(node):
            _walk(each, found)


def _walk_call(node: ast.Call, found: dict[str, None]) -> None:
    if isinstance(node.func, ast.Name) and node.func.id == "Q" and node.args:
        quoted = node.args[0]
        if isinstance(quoted, ast.Constant):
            found[str(quoted.value)] = None
            return
    if isinstance(node.func, ast.Attribute):
        _walk(node.func, found)
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        _walk(each, found)

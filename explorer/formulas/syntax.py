"""How formulas are written: Python expressions, read into plain trees.

A tree is a number, a symbol, or a tuple of an operator or function and its parts:

    "G * y"                      ("*", "G", "y")
    "-x"                         ("neg", "x")
    "a if l <= x <= u else 0"    ("if", ("cmp", "l", "<=", "x", "<=", "u"), "a", 0)
    "exp(x) @ T(Y)"              ("@", ("exp", "x"), ("T", "Y"))

The tests evaluate the trees with PyTorch; the page and the command line spell the same trees.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

Tree = float | str | tuple[Any, ...]

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

FUNCTIONS: dict[str, str] = {
    # Element by element.
    "exp": "exp({0})",
    "ln": "ln({0})",
    "sqrt": "sqrt({0})",
    "abs": "|{0}|",
    "sign": "sign({0})",
    "floor": "floor({0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "sinh": "sinh({0})",
    "cosh": "cosh({0})",
    "tanh": "tanh({0})",
    "asin": "asin({0})",
    "acos": "acos({0})",
    "atan": "atan({0})",
    "asinh": "asinh({0})",
    "acosh": "acosh({0})",
    "atanh": "atanh({0})",
    "sigmoid": "σ({0})",
    "Phi": "Φ({0})",
    "phi": "φ({0})",
    "erf": "erf({0})",
    "max": "max({0}, {1})",
    "min": "min({0}, {1})",
    # Over elements. A second argument names the axes; without one, all of them.
    "sum": "sum({0})",
    "mean": "mean({0})",
    "prod": "prod({0})",
    "count": "number of elements of {0}",
    # Placing: what comes behind the first argument tells a shape or axes and is not shown.
    "copies": "{0} for each element",
    "repeated": "{0} repeated",
    "along": "{0}",
    "fold": "the sum of {0} over the copies",
    "reshape": "{0} in the shape of {1}",
    "T": "{0}ᵀ",
}
"""Function -> how it is spelled in a line of text."""

POINTWISE = frozenset(list(FUNCTIONS)[: list(FUNCTIONS).index("sum")])
"""Functions that treat each element by itself."""

SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "lambd": "λ",
    "mu": "μ",
    "sigma": "σ",
    "epsilon": "ε",
    "pi": "π",
    "xhat": "x̂",
    "Ghat": "Ĝ",
}
"""Symbol -> how it is spelled; all others stand for themselves."""


def parse(text: str) -> Tree:
    """The tree of one formula; raises SyntaxError for anything that no formula needs."""
    return _tree(ast.parse(text, mode="eval").body)


def symbols(tree: Tree) -> Iterator[str]:
    """All symbols in a tree, as often as they occur."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, tuple):
        parts = tree[1::2] if tree[0] == "cmp" else tree[1:]
        for part in parts:
            yield from symbols(part)


def functions(tree: Tree) -> Iterator[str]:
    """All operators and functions in a tree."""
    if isinstance(tree, tuple):
        yield tree[0]
        for part in tree[1:]:
            yield from functions(part)


def _tree(node: ast.expr) -> Tree:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return name
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)], _tree(left), _tree(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return "neg", _tree(operand)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return "if", _tree(test), _tree(body), _tree(orelse)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _comparison(left, ops, others)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return name, *map(_tree, args)
    raise SyntaxError(f"{ast.unparse(node)} stands in no formula")


def _comparison(left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]) -> Tree:
    parts: list[Tree] = ["cmp", _tree(left)]
    for op, other in zip(ops, others, strict=True):
        parts += [_COMPARISONS[type(op)], _tree(other)]
    return tuple(parts)

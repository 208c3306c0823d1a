"""A Python expression as LaTeX, in symbols or with numbers in their place."""

from __future__ import annotations

import ast
from collections.abc import Callable

Spell = Callable[[str], str]
"""Name in the expression -> LaTeX."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How strongly an expression holds together."""


def latex(expression: str, spell: Spell) -> str:
    """`beta * m + g` -> LaTeX, each name as `spell` has it; takes +, -, *, /, **, sqrt and max."""
    return _written(ast.parse(expression, mode="eval").body, spell)[0]


def names(expression: str) -> set[str]:
    """What the expression takes."""
    tree = ast.parse(expression, mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def number(text: str) -> str:
    """A number in decimal notation as LaTeX: "1e-08" -> "10^{-8}"."""
    digits, mark, power = text.partition("e")
    if not mark:
        return {"nan": r"\text{nan}", "inf": r"\infty", "-inf": r"-\infty"}.get(text, text)
    tens = f"10^{{{int(power)}}}"
    return {"1": tens, "-1": f"-{tens}"}.get(digits, rf"{digits} \cdot {tens}")


def _written(node: ast.expr, spell: Spell) -> tuple[str, int]:
    """LaTeX and how strongly it holds together."""
    match node:
        case ast.Name(id=name):
            text = spell(name)
            return text, _strength(text)
        case ast.Constant(value=value):
            return str(value), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_inside(operand, spell, _PRODUCT)}", _SUM
        case ast.Call(func=ast.Name(id="sqrt"), args=[of]):
            return rf"\sqrt{{{_written(of, spell)[0]}}}", _ATOM
        case ast.Call(func=ast.Name(id="max"), args=args):
            inside = ",\\ ".join(_written(one, spell)[0] for one in args)
            return rf"\max({inside})", _ATOM
        case ast.BinOp(left=left, op=op, right=right):
            return _operation(left, op, right, spell)
    raise ValueError(f"no LaTeX for {ast.dump(node)}")


def _operation(left: ast.expr, op: ast.operator, right: ast.expr, spell: Spell) -> tuple[str, int]:
    match op:
        case ast.Add() | ast.Sub():
            sign = "+" if isinstance(op, ast.Add) else "-"
            held = _inside(right, spell, _PRODUCT)
            return f"{_inside(left, spell, _SUM)} {sign} {held}", _SUM
        case ast.Mult():
            signed = _written(left, spell)[0]
            if signed.startswith("-") and isinstance(left, ast.Name | ast.UnaryOp):
                return rf"{signed} \cdot {_inside(right, spell, _PRODUCT)}", _SUM
            sides = (_inside(side, spell, _PRODUCT) for side in (left, right))
            return r" \cdot ".join(sides), _PRODUCT
        case ast.Div():
            over, under = (_written(side, spell)[0] for side in (left, right))
            return rf"\frac{{{over}}}{{{under}}}", _PRODUCT
        case ast.Pow():
            return f"{_inside(left, spell, _ATOM)}^{{{_written(right, spell)[0]}}}", _POWER
    raise ValueError(f"no LaTeX for {ast.dump(op)}")


def _inside(node: ast.expr, spell: Spell, least: int) -> str:
    """With parentheses where it would fall apart."""
    text, strength = _written(node, spell)
    return text if strength >= least else rf"\left({text}\right)"


def _strength(text: str) -> int:
    """Of a spelled name, which may be a negative number or one with a power of ten."""
    if text.startswith("-"):
        return _SUM
    return _PRODUCT if r"\cdot" in text or text.startswith("10^") else _ATOM

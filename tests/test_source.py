"""Changes to a program's text: whole lines, as they become."""

from __future__ import annotations

import ast

import pytest

from explorer.records import Fix
from explorer.source import Source

PROGRAM = """\
é = "naïve"; y = torch.exp(x + 1)
with torch.no_grad():
    w -= 0.1 * w.grad  # a step
    b -= 1
z = (x + 1) * f(x + 1)
for i in range(3):
    h = g(h)
    h.sum().backward()
if x: y += 1
"""


def find(source: Source, code: str, kind: type = ast.AST) -> ast.AST:
    return next(
        node
        for node in ast.walk(source.tree)
        if isinstance(node, kind)
        and isinstance(node, ast.expr | ast.stmt)
        and source.code(node) == code
    )


@pytest.fixture
def source() -> Source:
    return Source(PROGRAM)


def test_text_behind_an_expression_gets_brackets_where_it_needs_them(source: Source) -> None:
    for code, becomes in {
        "torch.exp(x + 1)": 'é = "naïve"; y = torch.exp(x + 1).sum()',
        "x + 1": 'é = "naïve"; y = torch.exp((x + 1).sum())',
        "(x + 1) * f(x + 1)": "z = ((x + 1) * f(x + 1)).sum()",
    }.items():
        fix = source.edited(source.behind(find(source, code, ast.expr), ".sum()"))
        assert fix is not None
        assert fix.code == becomes
    left = find(source, "(x + 1) * f(x + 1)").left
    assert source.edited(source.behind(left, ".sum()")).code == "z = (x + 1).sum() * f(x + 1)"


def test_a_statement_is_put_before_another(source: Source) -> None:
    fix = source.inserted(find(source, "h.sum().backward()", ast.stmt), "h = h.detach()")
    assert (fix.line, fix.until) == (8, 8)
    assert fix.code == "    h = h.detach()\n    h.sum().backward()"
    fix = source.inserted(find(source, "y += 1", ast.stmt), "y = y.clone()")
    assert fix.code == "if x: y = y.clone(); y += 1"
    fix = source.inserted(source.tree.body[4], "pass")
    assert (fix.line, fix.until, fix.code) == (6, 6, "pass\nfor i in range(3):")


def test_a_statement_is_put_under_a_header(source: Source) -> None:
    fix = source.under("with torch.no_grad():", find(source, "h = g(h)", ast.stmt))
    assert fix.code == "    with torch.no_grad():\n        h = g(h)"
    assert source.under("with torch.no_grad():", find(source, "y += 1", ast.stmt)) is None


def test_a_block_loses_its_header(source: Source) -> None:
    fix = source.without_header(source.tree.body[2])
    assert (fix.line, fix.until) == (2, 4)
    assert fix.code == "w -= 0.1 * w.grad  # a step\nb -= 1"


def test_a_statement_is_moved(source: Source) -> None:
    loop = source.tree.body[4]
    fix = source.moved(loop.body[0], loop.body[1])
    assert fix.code == "    h.sum().backward()\n    h = g(h)"
    fix = source.moved_into(source.tree.body[3], loop)
    assert (fix.line, fix.until) == (5, 6)
    assert fix.code == "for i in range(3):\n    z = (x + 1) * f(x + 1)"


def test_a_change_that_python_cannot_read_is_none(source: Source) -> None:
    assert source.edited(source.replacing(find(source, "h = g(h)", ast.stmt), "h = = 1")) is None
    assert source.edited(source.replacing(find(source, "h = g(h)", ast.stmt), "h = g(h)")) is None


def test_a_fix_is_applied_to_its_lines(source: Source) -> None:
    fix = source.edited(source.behind(find(source, "g(h)"), ".detach()"))
    changed = source.applied(fix)
    assert changed == PROGRAM.replace("h = g(h)", "h = g(h).detach()")
    assert source.applied(source.edited(source.behind(find(source, "h"), ".a"))).count(".a") == 1


def test_a_text_that_python_warns_of_is_read_and_changed_in_silence() -> None:
    """A warning would be an error here."""
    source = Source("x = '\\d'\nif x is 1:\n    y = 2\n")
    assert source.edited(source.replacing(find(source, "2"), "3")) == Fix("    y = 3", 3, 3)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_are_counted_as_python_does_however_they_end(end: str) -> None:
    source = Source(end.join(["é = 1", "if é:", "    y = f(é)", "z = y", ""]))
    (call,) = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    assert source.code(call) == "f(é)"
    fix = source.edited(source.behind(call, ".sum()"))
    assert fix is not None
    assert (fix.code.strip(), fix.line, fix.until) == ("y = f(é).sum()", 3, 3)
    assert source.applied(fix).splitlines()[3] == "z = y"

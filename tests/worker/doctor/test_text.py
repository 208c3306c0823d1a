"""What people paste and mistype is told as what it is, and the change makes it Python."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from explorer.gallery import EXAMPLES
from explorer.records import Failure, Fix, Program
from explorer.worker.doctor import text
from explorer.worker.doctor.slips import Look, complaint
from explorer.worker.execute import execute


class Unreadable(NamedTuple):
    """A text that is not Python."""

    source: str
    says: str
    """Part of what a reader is told."""
    line: int
    fix: str | None = None
    """The code of the change; None: only the writer knows."""


HEAD = "import torch\n"
PASTED = {
    "a notebook's commands": Unreadable(
        "!pip install torch\n%matplotlib inline\nimport torch\n",
        "`!pip install torch` is a command that a notebook gives", 1,
        "# !pip install torch\n# %matplotlib inline",
    ),
    "a magic in the middle": Unreadable(HEAD + "%%time\nx = 1\n", "`%%time`", 2, "# %%time"),
    "a question to a notebook": Unreadable(HEAD + "torch.tensor?\n", "asked for help", 2, "# torch.tensor?"),
    "marks of a chat": Unreadable("```python\nx = 1\n```\n", "marks where code begins", 1, "\nx = 1\n"),
    "a console": Unreadable(
        ">>> x = [1]\n>>> x\n[1]\n>>> for y in x:\n...     pass\n...\n", "prompt of a console", 1,
        "x = [1]\nx\n# [1]\nfor y in x:\n    pass\n",
    ),
    "cells": Unreadable("In [1]: import torch\nIn [2]: 1\nOut[2]: 1\n", "prompt", 1, "import torch\n1\n# Out[2]: 1"),
    "typographic quotes": Unreadable("print(“hello”)\n", "Python wants `\"`", 1, 'print("hello")'),
    "a space that is none": Unreadable("x\u00a0= 1\n", "U+00A0", 1, "x = 1"),
    "a minus that is none": Unreadable("x = 3 − 1\n", "`−`", 1, "x = 3 - 1"),
    "an arrow": Unreadable("x = 3 → 1\n", "no use for", 1),
    "all of it moved in": Unreadable("  x = 1\n  y = 2\n", "begins further in", 1, "x = 1\ny = 2"),
    "all but the first line moved in": Unreadable("x = 1\n    y = 2\n    z = 3\n", "further in than", 2, "y = 2\nz = 3"),
}  # fmt: skip
TYPED = {
    "tabs and spaces": Unreadable(
        "for i in [1]:\n\tx = 1\n        y = 2\n", "by tabs and others by spaces", 3, "        x = 1"
    ),
    "no colon": Unreadable("for i in range(3)  # three\n    i\n", "end in a colon", 1, "for i in range(3):  # three"),
    "no colons": Unreadable("if 1\n    2\nelse\n    3\n", "end in a colon", 1, "if 1:\n    2\nelse:"),
    "no body at the end": Unreadable("def f(x):\n", "nothing stands in it", 1, "def f(x):\n    pass"),
    "a body that is not moved in": Unreadable("for i in [1]:\nprint(i)\n", "nothing stands in it", 1, "    print(i)"),
    "an open bracket": Unreadable("x = [1, 2  # two\ny = 3\n", "`[` in this line is never closed", 1, "x = [1, 2]  # two"),
    "a bracket too many": Unreadable("x = (1, 2))\n", "closes nothing", 1, "x = (1, 2)"),
    "an open string": Unreadable('print("hello)\n', "does not end", 1, 'print("hello")'),
    "an open long string": Unreadable('x = """a\n', "before the program does", 1),
    "a step out": Unreadable("def f(x):\n    return x\n  y = 2\n", "stands less far in", 3),
    "no comma": Unreadable("int('1' base=10)\n", "nothing joins them", 1, "int('1', base=10)"),
    "one equals sign": Unreadable("x = 1\nif x = 1:\n    pass\n", "binds a name", 2, "if x == 1:"),
    "plus plus": Unreadable("i = 0\ni++\n", "`+= 1`", 2, "i += 1"),
    "else if": Unreadable("if 0:\n    1\nelse if 1:\n    2\n", "`elif`", 3, "elif 1:"),
    "two ampersands": Unreadable("x = True && False\n", "`and`", 1, "x = True and False"),
    "print of old": Unreadable("print 'x'\n", "called with brackets", 1, "print('x')"),
    "letters swapped": Unreadable("improt torch\n", "no word `improt`", 1, "import torch"),
    "a letter missing": Unreadable("def f(x):\n    retrn x\n", "no word `retrn`", 2, "    return x"),
    "half a line": Unreadable("y = 3 *\n", "ends in `*`", 1),
    "return at the top": Unreadable("x = 1\nreturn x\n", "inside of a function only", 2),
    "break without a loop": Unreadable("break\n", "inside of a loop only", 1),
    "await": Unreadable("await f()\n", "`async` function only", 1),
}  # fmt: skip
UNREADABLE = PASTED | TYPED


def failure_of(source: str) -> Failure:
    failure = execute(Program(source=source)).failure
    assert failure is not None
    assert failure.kind == "syntax"
    return failure


def mended(source: str, fix: Fix) -> str:
    lines = source.split("\n")
    return "\n".join([*lines[: fix.line - 1], fix.code, *lines[fix.until :]])


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_slip_is_named_with_its_line_and_what_to_do(name: str) -> None:
    one = UNREADABLE[name]
    failure = failure_of(one.source)
    assert one.says in failure.message
    assert (failure.line, failure.fix.code if failure.fix else None) == (one.line, one.fix)
    assert failure.hint
    assert failure.details


@pytest.mark.parametrize("name", [name for name, one in UNREADABLE.items() if one.fix])
def test_the_change_makes_it_python(name: str) -> None:
    source = UNREADABLE[name].source
    fix = failure_of(source).fix
    assert fix is not None
    assert complaint(mended(source, fix)) is None


def test_every_row_is_met_by_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[Look] = set()

    def noting(look: Look) -> Look:
        def noted(one: text.Text) -> text.Slip | None:
            slip = look(one)
            if slip is not None:
                met.add(look)
            return slip

        return noted

    rows = text.ROWS
    monkeypatch.setattr(text, "ROWS", tuple(map(noting, rows)))
    for one in UNREADABLE.values():
        failure_of(one.source)
    assert set(rows) == met


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.slug)
def test_half_an_example_is_explained_and_a_change_holds_what_it_says(example) -> None:  # type: ignore[no-untyped-def]
    for end in range(0, len(example.source), 7):
        half = example.source[:end]
        error = complaint(half)
        if error is None:
            continue
        failure = text.explain(half, error)
        assert failure.line
        assert failure.hint
        if failure.fix is not None:
            assert complaint(mended(half, failure.fix)) is None


@pytest.mark.parametrize(
    "source", ["x = '" + " " * 400 + '"' * 99, "!" * 90, "%a\n" * 5000, "(" * 150, "'" * 19_999]
)
def test_a_text_made_to_take_long_does_not(source: str) -> None:
    """Within the limits of a test, that is: nothing here may grow with the square of the text."""
    error = complaint(source)
    assert error is not None
    assert text.explain(source, error).message

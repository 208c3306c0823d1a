"""docs/formulas.md, written from the table: `python -m explorer.formulas.document`.

A test compares the file with what this gives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from explorer.formulas import FAMILIES, FORMULAS, ROWS
from explorer.formulas.row import Formula
from explorer.formulas.spelling import Speller
from explorer.formulas.syntax import parse

HEAD = """\
# The formulas

What each operation of autograd computes, and what its backward sends to each of its inputs. G is
what came in: the gradient of the root with respect to z, the result. A backward never computes a
whole Jacobian, only its product with G: a vector-Jacobian product.

`·` multiplies element by element, `@` matrices, `ᵀ` transposes, `sum` and `mean` run over the axes
of the call. Where forward repeated an input (broadcasting), the engine sums its gradient back to
its shape. `x if c else y` chooses for each element.

{rows} formulas of {nodes} operations. The tests work out each of these very expressions with
PyTorch, forward and backward, on random numbers in float64, and compare them with autograd. This
page is written from the table (`python -m explorer.formulas.document`).
"""


def document() -> str:
    """The page."""
    parts = [HEAD.format(rows=len(ROWS), nodes=len(FORMULAS))]
    for family, rows in FAMILIES.items():
        parts.append(f"\n## {family}\n\n| node | z = | sends | |\n|---|---|---|---|\n")
        parts += [_line(row) for row in rows]
    return "".join(parts)


def _line(row: Formula) -> str:
    speller = Speller({name: word.spelled for name, word in row.words.items()})
    sends = [
        f"{name}: {_code(speller, text)}"
        for name, text in zip(row.inputs.values(), row.backward, strict=True)
    ]
    cells = [
        row.node,
        _code(speller, row.forward),
        "<br>".join(sends),
        " ".join(_more(row, speller)),
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _more(row: Formula, speller: Speller) -> Iterator[str]:
    """Definitions, the setting in which it holds, corners, notes."""
    if row.where:
        yield (
            "With "
            + ", ".join(
                f"{_code(speller, symbol)} = {_code(speller, text)}"
                for symbol, text in row.where.items()
            )
            + "."
        )
    if row.when:
        yield "For " + ", ".join(f"{name} = {value}" for name, value in row.when.items()) + "."
    if row.without:
        yield f"Without {', '.join(row.without)}."
    if row.rearranges:
        yield "Only rearranges."
    yield from (corner.says for corner in row.corners)
    if row.note:
        yield row.note


def _code(speller: Speller, text: str) -> str:
    return f"`{speller.spell(parse(text))}`"


if __name__ == "__main__":
    sys.stdout.write(document())

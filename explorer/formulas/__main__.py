"""The table as JSON, for the build of the canvas: `python3 -m explorer.formulas`.

Formulas travel as trees. What proves them stays here.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from explorer.formulas import FORMULAS
from explorer.formulas.row import Formula
from explorer.formulas.syntax import FUNCTIONS, POINTWISE, SYMBOLS, Tree, parse


def table() -> dict[str, Any]:
    """Everything that the browser needs to show, spell and work out a formula."""
    return {
        "functions": FUNCTIONS,
        "pointwise": sorted(POINTWISE),
        "symbols": SYMBOLS,
        "rows": {node: [_written(row) for row in rows] for node, rows in FORMULAS.items()},
    }


def _written(row: Formula) -> dict[str, Any]:
    """One row; what is empty or usual is left out."""
    fields: dict[str, Any] = {
        "does": row.does,
        "back": row.back,
        "inputs": row.inputs,
        "forward": parse(row.forward),
        "backward": [parse(text) for text in row.backward],
        "saved": row.saved,
        "where": {symbol: parse(text) for symbol, text in row.where.items()},
        "words": {name: word.spelled for name, word in row.words.items()},
        "when": row.when,
        "without": row.without,
        "corners": [_corner(corner.says, corner.at) for corner in row.corners],
        "output": row.output,
        "alone": row.alone,
        "rearranges": row.rearranges,
        "broadcasts": row.broadcasts,
        "many": row.many,
        "complex": row.complex,
        "note": row.note,
    }
    return {name: value for name, value in fields.items() if value}


def _corner(says: str, at: str | None) -> dict[str, str | Tree]:
    return {"says": says} if at is None else {"says": says, "at": parse(at)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(table(), ensure_ascii=False, separators=(",", ":")))

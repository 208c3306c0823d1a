"""The table as JSON, for the build of the canvas: `python3 -m explorer.formulas`.

Formulas travel as trees. What proves them stays here.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from explorer.formulas import FORMULAS, ROWS
from explorer.formulas.row import Formula
from explorer.formulas.syntax import FUNCTIONS, POINTWISE, SYMBOLS, Tree, parse
from explorer.formulas.without import OWN, SENTENCES


def table() -> dict[str, Any]:
    """Everything that the browser needs to show, spell and work out a formula.

    Rows have much in common, so each is a list of places in `values`, in the order of `fields`.
    Place 0 is for what is empty or usual; a row ends with its last field that is not.
    """
    places = {_json(None): 0}
    rows = {
        node: [_packed(_written(row), places) for row in rows] for node, rows in FORMULAS.items()
    }
    return {
        "functions": FUNCTIONS,
        "pointwise": sorted(POINTWISE),
        "symbols": SYMBOLS,
        "sentences": SENTENCES,
        "own": OWN,
        "fields": list(_written(ROWS[0])),
        "rows": rows,
        "values": list(map(json.loads, places)),
    }


def _packed(row: dict[str, Any], places: dict[str, int]) -> list[int]:
    found = [places.setdefault(_json(value), len(places)) if value else 0 for value in row.values()]
    while not found[-1]:
        found.pop()
    return found


def _written(row: Formula) -> dict[str, Any]:
    """One row; first what most rows have."""
    return {
        "does": row.does,
        "back": row.back,
        "inputs": row.inputs,
        "forward": parse(row.forward),
        "backward": [parse(text) for text in row.backward],
        "words": {name: word.spelled for name, word in row.words.items()},
        "saved": row.saved,
        "rearranges": row.rearranges,
        "broadcasts": row.broadcasts,
        "when": row.when,
        "where": {symbol: parse(text) for symbol, text in row.where.items()},
        "corners": [_corner(corner.says, corner.at) for corner in row.corners],
        "note": row.note,
        "without": row.without,
        "many": row.many,
        "output": row.output,
        "alone": row.alone,
        "complex": row.complex,
    }


def _corner(says: str, at: str | None) -> dict[str, str | Tree]:
    return {"says": says} if at is None else {"says": says, "at": parse(at)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.stdout.write(_json(table()))

"""Which row of the table holds for a node, and how its settings read as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from explorer.formulas import FORMULAS
from explorer.formulas.instance import Known
from explorer.formulas.row import Formula
from explorer.records import Node, Step

_WHOLE = re.compile(r"-?\d+")


def rows_for(node: Node, step: Step | None) -> Iterator[Formula]:
    """The rows that hold for a node in its setting."""
    settings = node.settings or {}
    kept = {saved.name for saved in node.saved} | set(settings)
    complex_ = _complex(node, step)
    for row in FORMULAS.get(node.op or "", ()):
        fits = all(_is(settings.get(name), value) for name, value in row.when.items())
        others = [view for n, view in enumerate(step.received) if n != row.output] if step else []
        crowded = row.alone and any(view is not None for view in others)
        if fits and not crowded and not kept & set(row.without) and complex_ <= row.complex:
            yield row


def setting(name: str, text: str) -> Known:
    """A setting as PyTorch prints it: axes for "dim", else a number."""
    if name == "dim":
        found = [int(word) for word in _WHOLE.findall(text)]
        axes = tuple(map(_signed, found))
        return axes or None
    return _number(text)


def _complex(node: Node, step: Step | None) -> bool:
    """Whether complex numbers are about; all rows but a few are proven for real ones only."""
    views = [node.value, *(step.received if step else ())]
    views += [saved.value for saved in node.saved]
    return any(view is not None and view.imag is not None for view in views) or any(
        saved.dtype.startswith("complex") for saved in node.saved
    )


def _is(text: str | None, value: float | str) -> bool:
    if text is None:
        return False
    return text == value if isinstance(value, str) else _number(text) == value


def _number(text: str) -> float | None:
    if text in ("True", "False"):
        return float(text == "True")
    if _WHOLE.fullmatch(text):
        return float(_signed(int(text)))
    try:
        return float(text)
    except ValueError:
        return None


def _signed(whole: int) -> int:
    """PyTorch keeps some negative numbers as large ones."""
    return whole - 2**64 if whole >= 2**63 else whole

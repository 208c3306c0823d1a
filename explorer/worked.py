"""Formulas with the numbers of one node: what stands for which symbol, and whether it comes out.

Everything is taken from the record: operands, what was saved, what came in. A line of numbers is
given only where it gives what PyTorch recorded; the result itself is always PyTorch's. Twin of
`canvas/src/formulas/worked.ts`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.formulas.holding import rows_for, setting
from explorer.formulas.instance import (
    OPERATORS,
    Grid,
    Instance,
    Known,
    Part,
    UnknownError,
    place,
    summed_to,
)
from explorer.formulas.row import Formula
from explorer.formulas.spelling import Speller
from explorer.formulas.syntax import POINTWISE, Tree, functions, parse, symbols
from explorer.formulas.values import size_of, value_of
from explorer.look import Look
from explorer.numbers import LISTED, short, summary
from explorer.records import Edge, Node, TensorView

CHECKED = 8
"""Elements of a result that are worked out again before one of them is shown."""

ROUNDING = {"float64": 1e-12, "float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}
"""dtype -> error allowed, relative to the numbers that were added: some dozen roundings."""

FAINTEST = 1e-37
"""Below this float32 loses digits, and at last everything."""


class Numbers(NamedTuple):
    """A formula with numbers in it, and what it gives."""

    text: str
    result: str
    """PyTorch's own number, as it was recorded."""
    place: str
    """Which element: "[0, 0]"; empty where the numbers are all of it."""


class Bench:
    """A node, its row, and what its symbols stand for."""

    def __init__(self, look: Look, node: Node, row: Formula) -> None:
        self.row = row
        self._look = look
        self._node = node
        self._step = look.steps.get(node.id)
        self.known: dict[str, Known] = {}
        self._boxes: dict[str, Node] = {"z": node}
        for slot, (symbol, name) in enumerate(row.inputs.items()):
            if not row.many:
                self._bind(symbol, name, look.slots.get((node.id, slot)))
        for symbol, name in row.saved.items():
            slot_of = name.startswith("slot ")
            at = (node.id, int(name.removeprefix("slot "))) if slot_of else (node.id, -1)
            self._bind(symbol, name, look.slots.get(at))
        self._bind_view("z", node.value if row.output == 0 else None, node.shape)
        self._bind_view("G", self.received, None)
        self.speller = Speller({name: word.spelled for name, word in row.words.items()})

    @property
    def received(self) -> TensorView | None:
        """G, where it has arrived."""
        received = self._step.received if self._step else ()
        return received[self.row.output] if len(received) > self.row.output else None

    def formula(self, text: str) -> str:
        """A formula in symbols."""
        return self.speller.spell(parse(text))

    def forward(self) -> Numbers | None:
        """The forward formula with numbers."""
        expected = self._node.value if self.row.output == 0 else None
        return self._worked(parse(self.row.forward), expected, fold=False)

    def backward(self, slot: int, sent: TensorView | None) -> Numbers | None:
        """The formula of one slot with numbers; `sent` is what was recorded there."""
        text = self._backward(slot)
        if text is None or sent is None:
            return None
        return self._worked(parse(text), sent, fold=self.row.broadcasts)

    def _backward(self, slot: int) -> str | None:
        if self.row.many:
            return self.row.backward[0]
        return self.row.backward[slot] if slot < len(self.row.backward) else None

    def sends(self, slot: int) -> str | None:
        """What is sent to a slot, in symbols; None where the row does not say."""
        text = self._backward(slot)
        return None if text is None else self.formula(text)

    def sends_here(self, slot: int) -> str | None:
        """The same with the program's own names, where all that stands in it has one."""
        text = self._backward(slot)
        names = None if text is None else self._names(parse(text))
        if text is None or names is None:
            return None
        words = {name: word.spelled for name, word in self.row.words.items()}
        return Speller(words, names).spell(parse(text))

    def _names(self, tree: Tree) -> dict[str, str] | None:
        """Symbol -> what the program calls it; None where something has no name of its own."""
        names: dict[str, str] = {}
        for symbol in set(self.speller.visible(tree)) - {"G", "pi"}:
            name = self._name(symbol)
            if name is None:
                return None
            names[symbol] = name
        return names if self._tells_apart(names) else None

    def _tells_apart(self, names: Mapping[str, str]) -> bool:
        """False where two tensors have one name, as in `x = x * 2`."""
        owners: dict[str, str] = {}
        for symbol, name in names.items():
            box = self._boxes.get(symbol)
            if box is not None and box.name and owners.setdefault(name, box.id) != box.id:
                return False
        return True

    def _name(self, symbol: str) -> str | None:
        """A variable, the text of a number, or a symbol that stands for no tensor."""
        box, known = self._boxes.get(symbol), self.known.get(symbol)
        if box is not None and box.name:
            return box.name
        if isinstance(known, float):
            return short(known)
        if isinstance(known, Grid):
            single = len(known.values) == 1 and not known.shape
            return _bracketed(short(known.values[0])) if single else None
        return None if box is not None or self._is_unseen(symbol) else symbol

    def _is_unseen(self, symbol: str) -> bool:
        """Whether it stands for an operand or a setting that was not recorded."""
        operands = self.row.saved if self.row.many else {**self.row.inputs, **self.row.saved}
        return symbol in operands and symbol not in self._boxes and symbol not in self.known

    def legend(self, slot: int) -> list[tuple[str, str]]:
        """What stands in a slot's formula: symbol, and variable or operation."""
        text = self._backward(slot)
        found = dict.fromkeys(self.speller.visible(parse(text))) if text is not None else {}
        meanings = ((symbol, self._meaning(symbol)) for symbol in found)
        return [(symbol, meaning) for symbol, meaning in meanings if meaning]

    def _meaning(self, symbol: str) -> str | None:
        box = self._boxes.get(symbol)
        if box is not None:
            return box.name or (f"result of {box.op}" if box.op else None)
        return "not recorded" if self._is_unseen(symbol) else None

    def _bind(self, symbol: str, name: str, edge: Edge | None) -> None:
        """An operand of the node, or what the node saved under a name."""
        operand = self._look.operand(edge)
        if operand is not None:
            self._boxes[symbol] = operand
            made = operand.value if edge is None or edge.output == 0 else None
            self._bind_view(symbol, made, operand.shape)
        known = self.known.get(symbol)
        if not isinstance(known, Grid) or not known.values:
            self._bind_saved(symbol, name)
        settings = self._node.settings or {}
        if symbol not in self.known and name in settings:
            self.known[symbol] = setting(name, settings[name])
        elif symbol not in self.known and name == "dim":
            self.known[symbol] = None

    def _bind_saved(self, symbol: str, name: str) -> None:
        """A tensor that the node saved."""
        for saved in self._node.saved:
            box = self._look.nodes.get(saved.node or "")
            if saved.name == name:
                whole = box if saved.output == 0 else None
                if whole is not None and symbol not in self._boxes:
                    self._boxes[symbol] = whole
                self._bind_view(symbol, (whole.value if whole else None) or saved.value, None)

    def _bind_view(self, symbol: str, view: TensorView | None, shape: Sequence[int] | None) -> None:
        if view is not None:
            values = () if view.imag is not None else tuple(map(float, view.values))
            self.known[symbol] = Grid(tuple(view.shape), values)
        elif shape is not None:
            self.known[symbol] = Grid(tuple(shape))

    def _worked(self, tree: Tree, expected: TensorView | None, *, fold: bool) -> Numbers | None:
        if expected is None or not expected.values or expected.imag is not None:
            return None
        try:
            part = Instance(self.row, self.known).part(tree)
            if fold:
                part = summed_to(part, tuple(expected.shape))
            if math.prod(part.shape) != math.prod(expected.shape):
                return None
            return self._shown(tree, part, expected)
        except UnknownError:
            return None

    def _shown(self, tree: Tree, part: Part, expected: TensorView) -> Numbers | None:
        count = min(len(expected.values), math.prod(expected.shape))
        first = part.at(place(0, part.shape))
        if not agrees(first, float(expected.values[0]), expected.dtype):
            return None
        if any(_differs(part, flat, expected) for flat in range(1, min(count, CHECKED))):
            return None
        whole = self._whole(tree, part, expected)
        if whole is not None:
            return Numbers(self.speller.spell(whole), summary(expected), "")
        at = "" if count == 1 else "[" + ", ".join("0" for _ in expected.shape) + "]"
        return Numbers(self.speller.spell(first), short(expected.values[0]), at)

    def _whole(self, tree: Tree, part: Part, expected: TensorView) -> Tree | None:
        """All elements at once, as lists: for short vectors, element by element."""
        count = math.prod(expected.shape)
        if not 1 < count <= LISTED or len(expected.shape) != 1 or part.shape != expected.shape:
            return None
        if not {*functions(tree)} <= POINTWISE | OPERATORS:
            return None
        lists = {name: self._list(name) for name in symbols(tree) if name != "pi"}
        return None if None in lists.values() else _replaced(tree, lists)

    def _list(self, name: str) -> Tree | None:
        try:
            part = Instance(self.row, self.known).part(name)
            values = [value_of(part.at(place(n, part.shape))) for n in range(math.prod(part.shape))]
        except UnknownError:
            return None
        if len(part.shape) > 1 or len(values) > LISTED:
            return None
        return ("#", values[0]) if not part.shape else ("list", *values)


def bench_for(look: Look, node: Node) -> Bench | None:
    """The node with the row to show; None where no formula is proven."""
    row = next(rows_for(node, look.steps.get(node.id)), None)
    return None if row is None else Bench(look, node, row)


def _differs(part: Part, flat: int, expected: TensorView) -> bool:
    """Whether an element comes out otherwise than recorded; one that is not known does not."""
    try:
        worked = part.at(place(flat, part.shape))
    except UnknownError:
        return False
    return not agrees(worked, float(expected.values[flat]), expected.dtype)


def agrees(worked: Tree, recorded: float, dtype: str) -> bool:
    """Whether arithmetic gives the recorded number, but for rounding."""
    mine = value_of(worked)
    if math.isnan(recorded) or math.isinf(recorded):
        return mine == recorded or (math.isnan(mine) and math.isnan(recorded))
    allowed = ROUNDING.get(dtype, ROUNDING["float32"]) * size_of(worked) + FAINTEST
    return abs(mine - recorded) <= allowed


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _replaced(tree: Tree, names: Mapping[str, Tree | None]) -> Tree:
    if isinstance(tree, str):
        return names.get(tree) or tree
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "cmp":
        return (
            "cmp",
            *(part if n % 2 else _replaced(part, names) for n, part in enumerate(tree[1:])),
        )
    return (tree[0], *(_replaced(part, names) for part in tree[1:]))

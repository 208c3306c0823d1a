"""A tree as one line of text; twin of `canvas/src/formulas/spelling.ts`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from explorer.formulas.syntax import FUNCTIONS, SYMBOLS, Tree
from explorer.numbers import short

CHOICE, COMPARISON, SUM, SIGN, PRODUCT, ATOM = range(6)
"""How closely a text holds together. What holds less than its place asks for gets brackets."""

SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
RAISED = {2: "²", 3: "³"}
WHOLE_SUMS = {1: 4, 2: 4, 3: 3}
"""Numbers in a term -> terms of a sum that are all shown; of longer sums one less, or one."""

ONE_PIECE = re.compile(r"\S*|[^ ]+\(.*\)|\|.*\|")
"""Templates that need no brackets: a word without a gap, a call, a size."""

Spelled = tuple[str, int]


class Speller:
    """Writes trees; `words` are the functions of one row, `names` what symbols are called here."""

    def __init__(self, words: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
        self._words = {**FUNCTIONS, **words}
        self._names = names or {}

    def spell(self, tree: Tree) -> str:
        """The text."""
        return self._spelled(tree)[0]

    def visible(self, tree: Tree) -> Iterator[str]:
        """The symbols that the text shows, as often as it does."""
        if isinstance(tree, str):
            yield tree
        elif isinstance(tree, tuple):
            template = self._words.get(tree[0])
            parts = tree[1::2] if tree[0] == "cmp" else tree[1:]
            for place, part in enumerate(parts):
                if template is None or f"{{{place}}}" in template:
                    yield from self.visible(part)

    def _spelled(self, tree: Tree) -> Spelled:
        if isinstance(tree, str):
            return self._names.get(tree, SYMBOLS.get(tree, tree)), ATOM
        if not isinstance(tree, tuple):
            return str(tree), ATOM
        name, parts = tree[0], tree[1:]
        if name == "#":
            return _number(parts[0])
        if name == "list":
            return "[" + ", ".join(map(short, parts)) + "]", ATOM
        if name in ("sum", "prod") and not _is_written(parts):
            return self._listed(name, parts)
        write = self._writers.get(name)
        return write(*parts) if write else self._called(name, parts)

    @property
    def _writers(self) -> dict[str, Callable[..., Spelled]]:
        """Everything that is not written like a function."""
        return {
            "if": self._choice,
            "cmp": self._comparison,
            "neg": lambda part: ("-" + self._right(part, PRODUCT), SIGN),
            "+": lambda a, b: (f"{self._in(a, SUM)} + {self._right(b, SUM)}", SUM),
            "-": lambda a, b: (f"{self._in(a, SUM)} - {self._right(b, SIGN)}", SUM),
            "*": lambda a, b: (f"{self._in(a, SIGN)} · {self._right(b, PRODUCT)}", PRODUCT),
            "/": lambda a, b: (f"{self._in(a, SIGN)} / {self._right(b, ATOM)}", PRODUCT),
            "@": lambda a, b: (f"{self._in(a, SIGN)} @ {self._right(b, ATOM)}", PRODUCT),
            "**": self._power,
        }

    def _choice(self, test: Tree, body: Tree, orelse: Tree) -> Spelled:
        first, second = self._in(body, COMPARISON), self._in(orelse, COMPARISON)
        return f"{first} if {self.spell(test)} else {second}", CHOICE

    def _comparison(self, *parts: Tree) -> Spelled:
        words = [
            SIGNS[str(part)] if place % 2 else self._in(part, SUM)
            for place, part in enumerate(parts)
        ]
        return " ".join(words), COMPARISON

    def _listed(self, name: str, parts: Sequence[Tree]) -> Spelled:
        sign, level = (" + ", SUM) if name == "sum" else (" · ", PRODUCT)
        most = WHOLE_SUMS.get(_leaves(parts[0]), 1)
        shown = parts if len(parts) <= most else parts[: max(1, most - 1)]
        first, *others = shown
        texts = [self._in(first, level), *(self._right(other, level) for other in others)]
        if len(shown) < len(parts):
            texts.append(f"… ({len(parts)} {'terms' if name == 'sum' else 'factors'})")
        return sign.join(texts), level

    def _power(self, base: Tree, exponent: Tree) -> Spelled:
        below = self._right(base, ATOM)
        if "e" in below and isinstance(base, tuple) and base[0] == "#":
            below = f"({below})"
        if isinstance(exponent, int) and exponent in RAISED:
            return below + RAISED[exponent], ATOM
        return f"{below}^{self._right(exponent, ATOM)}", ATOM

    def _called(self, name: str, parts: Sequence[Tree]) -> Spelled:
        template = self._words[name]
        if template == "{0}":
            return self._spelled(parts[0])
        # What sticks to its argument needs it in one piece.
        sticks = template in ("{0}ᵀ", "{0}⁻¹")
        texts = [self._right(part, ATOM) if sticks else self.spell(part) for part in parts]
        return template.format(*texts), ATOM if ONE_PIECE.fullmatch(template) else CHOICE

    def _in(self, tree: Tree, tight: int) -> str:
        text, level = self._spelled(tree)
        return text if level >= tight else f"({text})"

    def _right(self, tree: Tree, tight: int) -> str:
        """Behind an operator a sign needs brackets too."""
        text, level = self._spelled(tree)
        return text if level >= tight and not text.startswith("-") else f"({text})"


def _is_written(parts: Sequence[Tree]) -> bool:
    """Whether a sum stands as in the table, `sum(x)` or `sum(x, d)`, not as its terms."""
    return len(parts) == 1 or isinstance(parts[1], str)


def _leaves(tree: Tree) -> int:
    """How many numbers and symbols a tree shows."""
    if not isinstance(tree, tuple) or tree[0] == "#":
        return 1
    parts = tree[1::2] if tree[0] == "cmp" else tree[1:]
    return sum(map(_leaves, parts))


def _number(value: float) -> Spelled:
    text = short(value)
    return text, SIGN if text.startswith("-") else ATOM

"""What PyTorch itself says about an operation without a formula here: its derivatives.yaml.

The file comes with torch. It is read once, before the jail closes; entries are looked up when they
are needed, so no YAML library has to be there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from explorer.formulas import FORMULAS
from explorer.numbers import shortened
from explorer.records import Pass
from explorer.sheet import operations

PLACE = ("packaged", "autograd", "derivatives.yaml")
LONGEST = 300
"""Characters of one formula that are shown."""

_ENTRY = re.compile(r"^- name: +(\w+)(\S*)\((.*)\) ?->.*$")
_FIELD = re.compile(r"^( +)([a-z_]\w*(?:, ?\w+)*): (.*)$", re.IGNORECASE)
_DEFAULT = "Default"


def of_passes(passes: Iterable[Pass]) -> dict[str, dict[str, str]]:
    """Node without a formula -> input -> what derivatives.yaml says; C++ as it stands there."""
    kinds = {kind for one in passes for kind in operations(one)}
    unknown = sorted(kind for kind in kinds if kind not in FORMULAS and kind[-1:].isdigit())
    return {kind: found for kind in unknown if (found := entry(kind))} if unknown else {}


@cache
def text() -> str:
    """The file; empty where torch came without it."""
    spec = find_spec("torchgen")
    if spec is None or spec.origin is None:
        return ""
    try:
        return Path(spec.origin).parent.joinpath(*PLACE).read_text("utf-8")
    except OSError:
        return ""


def entry(kind: str) -> dict[str, str]:
    """What the file says of a type of node, by input; nothing where it does not know it."""
    seen: Counter[str] = Counter()
    lines = text().splitlines()
    for number, line in enumerate(lines):
        row = _ENTRY.match(line)
        if row is None:
            continue
        fields = dict(_fields(lines, number + 1, _arguments(row[3])))
        stem = _stem(row[1])
        if fields:
            if f"{stem}{seen[stem]}" == kind:
                return fields
            seen[stem] += 1
    return {}


def _stem(operation: str) -> str:
    """As PyTorch names its nodes, without the running number."""
    camel = "".join(part.title() for part in operation.split("_"))
    return f"{camel}Backward".replace("ForwardBackward", "Backward")


def _arguments(schema: str) -> set[str]:
    """Names of the arguments: the last word of each, before its default."""
    return {part.split("=")[0].split()[-1] for part in schema.split(", ") if part.strip()}


def _fields(lines: list[str], start: int, arguments: set[str]) -> Iterator[tuple[str, str]]:
    """Differentiable arguments with their formulas, in the default way to dispatch."""
    way, depth = _DEFAULT, 2
    name, words = "", ""
    for line in [*_block(lines, start), "  end: "]:
        field = _FIELD.match(f"{line} ")
        if field is None:
            words += " " + line.strip()
            continue
        if name and way == _DEFAULT:
            yield name, _plain(words)
        name = ""
        indent, key, words = len(field[1]), field[2], field[3]
        if key == "dispatch":
            depth = 6
        elif indent == 4 and depth == 6:
            way = key
        elif indent == depth and _differentiable(key, arguments, words):
            name = key


def _differentiable(key: str, arguments: set[str], words: str) -> bool:
    names = {word.strip() for word in key.split(",")}
    return names <= arguments and words.strip() != "non_differentiable"


def _block(lines: list[str], start: int) -> Iterator[str]:
    """The lines that belong to an entry."""
    for line in lines[start:]:
        if not line.strip() or line.startswith("-"):
            return
        if not line.strip().startswith("#"):
            yield line


def _plain(words: str) -> str:
    return shortened(words.strip().strip("\"'"), LONGEST)

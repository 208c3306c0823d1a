"""What is no Python in texts that were copied: from notebooks, consoles, web pages and books."""

from __future__ import annotations

import re
import textwrap

from explorer.numbers import shortened
from explorer.worker.doctor.slips import Look, Slip, Text

SHORT = 40
"""Characters of a line that a sentence can hold."""
SHELL = re.compile(r"^\s*(?:\w+\s*=\s*)?!\s*[\w./]")
MAGIC = re.compile(r"^\s*%{1,2}[A-Za-z]")
HELP = re.compile(r"^\s*(?:\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$")
FENCE = re.compile(r"^\s*(?:```|~~~)")
PROMPT = re.compile(r"^(\s*)(?:>>>|\.\.\.)(?: |$)")
CELL = re.compile(r"^\s*(?:In\s*\[[\d ]*\]|\.{3,}):? ?")
RESULT = re.compile(r"^\s*Out\s*\[\d+\]:")

PLAIN = {
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("−–—‐‑", "-"),
    **dict.fromkeys("×·∗", "*"),
    **dict(zip("÷（）［］，：；＝＋．", "/()[],:;=+.", strict=True)),
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
}
"""Characters that look like one of Python's -> the one that Python reads."""


def _outside(text: Text, what: str, hint: str) -> Slip:
    """A line for another program than Python: it becomes a comment."""
    line = text.line
    space = line[: len(line) - len(line.lstrip())]
    return Slip(f"`{_short(line)}` is {what}.", hint, text.becomes(f"{space}# {line.lstrip()}"))


def _shell(text: Text) -> Slip | None:
    if not SHELL.match(text.line):
        return None
    hint = "Leave it out: PyTorch and NumPy are here already, and nothing else can be installed."
    return _outside(text, "a command that a notebook gives to its computer, not Python", hint)


def _magic(text: Text) -> Slip | None:
    if not MAGIC.match(text.line):
        return None
    hint = "Leave it out: the rest runs without it."
    return _outside(text, "a command to a notebook, not Python", hint)


def _help(text: Text) -> Slip | None:
    if not HELP.match(text.line):
        return None
    return _outside(text, "how a notebook is asked for help, not Python", "Leave it out.")


def _fence(text: Text) -> Slip | None:
    """The marks around code in a chat or a README."""
    if not FENCE.match(text.line):
        return None
    lines = tuple("" if FENCE.match(line) else line for line in text.lines)
    return Slip(
        "This line only marks where code begins or ends on the page that it was copied from.",
        "Copy what stands between the marks.",
        lines,
    )


def _prompt(text: Text) -> Slip | None:
    """A session of Python's console: what it answered is no code either."""
    if not PROMPT.match(text.line) and not CELL.match(text.line) and not RESULT.match(text.line):
        return None
    prompts = any(line.lstrip().startswith(">>>") for line in text.lines)
    lines = tuple(_without_prompt(line, prompts) for line in text.lines)
    return Slip(
        f"`{_short(text.line)}` begins with the prompt of a console, which is no part of the code.",
        "Leave the prompts out, and what the console answered.",
        lines if lines != text.lines else None,
    )


def _without_prompt(line: str, prompts: bool) -> str:
    if RESULT.match(line):
        return f"# {line}"
    if PROMPT.match(line):
        return PROMPT.sub(r"\1", line)
    if CELL.match(line):
        return CELL.sub("", line)
    answer = prompts and line.strip() and not line.lstrip().startswith("#")
    return f"# {line}" if answer else line


def _lookalike(text: Text) -> Slip | None:
    """A character of a word processor or a web page."""
    found = re.search(r"U\+([0-9A-F]{4,6})", text.said)
    if found is None:
        return None
    char = chr(int(found[1], 16))
    plain = PLAIN.get(char)
    shown = f"`{char}`" if char.isprintable() and char not in "` " else f"an invisible U+{found[1]}"
    if plain is None:
        return Slip(
            f"There is {shown} in this line, a character that Python has no use for.",
            "Delete it, or write it inside of a string.",
        )
    meant = {"": "nothing", " ": "a plain space"}.get(plain, f"`{plain}`")
    return Slip(
        f"There is {shown} in this line, as web pages and word processors write it; Python wants"
        f" {meant}.",
        "Type it anew, or take over the line below.",
        text.becomes("".join(PLAIN.get(one, one) for one in text.line)),
    )


def _pushed_in(text: Text) -> Slip | None:
    """All of it, or all but its first line, stands further in than it should."""
    if "unexpected indent" not in text.said:
        return None
    whole = textwrap.dedent("\n".join(text.lines)).split("\n")
    lines = tuple(whole) if tuple(whole) != text.lines else _rest_pulled_out(text)
    return Slip(
        "This line stands further in than the one before, and nothing there opens a block."
        if any(line.strip() for line in text.lines[: text.at])
        else "The program begins further in than the edge of the page.",
        "Only what belongs to a `for`, `if`, `def`, `with` or `class` is moved in.",
        lines,
    )


def _rest_pulled_out(text: Text) -> tuple[str, ...]:
    """From this line on, as far as lines stand in so far, by what is too much."""
    before = next((line for line in reversed(text.lines[: text.at]) if line.strip()), "")
    depth = len(text.line) - len(text.line.lstrip())
    extra = depth - (len(before) - len(before.lstrip()))
    lines = list(text.lines)
    for at in range(text.at, len(lines)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) < depth:
            break
        lines[at] = line[extra:] if line.strip() else line
    return tuple(lines)


def _short(line: str) -> str:
    return shortened(line.strip(), SHORT)


ROWS: tuple[Look, ...] = (
    _shell,
    _magic,
    _fence,
    _prompt,
    _help,
    _lookalike,
    _pushed_in,
)

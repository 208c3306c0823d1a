"""What is no Python in texts that were typed: half a line, a misspelt word, another language."""

from __future__ import annotations

import keyword
import re

from explorer.worker.doctor.slips import Look, Slip, Text, complaint, reads_on

WORDS = (*keyword.kwlist, "print")
HEAD = re.compile(r"^\s*(?:for|while|if|elif|else|def|class|with|try|except|finally)\b")
CLOSING = {"(": ")", "[": "]", "{": "}"}
CODE_AND_COMMENT = re.compile(r"""^((?:[^#'"]|'[^']*'|"[^"]*")*?)(\s*(?:#.*)?)$""")


def _parts(line: str) -> tuple[str, str]:
    """The code of a line, and its comment with the space before it."""
    found = CODE_AND_COMMENT.match(line)
    return (found[1], found[2]) if found else (line, "")


def _colon(text: Text) -> Slip | None:
    """`for i in range(3)`, and nothing behind it."""
    code, comment = _parts(text.line)
    if "expected ':'" not in text.said or not HEAD.match(code):
        return None
    lines = text.becomes(f"{code}:{comment}")
    return Slip(
        "The line that opens a block must end in a colon.",
        "Write `:` at its end, and the block below it, four spaces further in.",
        lines if reads_on(text, lines) else None,
    )


def _body(text: Text) -> Slip | None:
    """A block without a single line in it."""
    found = re.search(r"expected an indented block after (.*) on line (\d+)", text.said)
    if found is None:
        return None
    at = int(found[2]) - 1
    return Slip(
        f"A block is opened here ({found[1]}), but nothing stands in it.",
        "Write its lines below, four spaces further in; `pass` stands for nothing.",
        _filled(text, at),
        at + 1,
    )


def _filled(text: Text, at: int) -> tuple[str, ...]:
    """With the next line in the block, where it may be meant; else with `pass`."""
    head = text.lines[at]
    space = head[: len(head) - len(head.lstrip())] + "    "
    below = next((n for n in range(at + 1, len(text.lines)) if text.lines[n].strip()), None)
    lines = list(text.lines)
    if below is not None and not HEAD.match(lines[below]):
        lines[below] = space + lines[below].lstrip()
    else:
        lines.insert(at + 1, space + "pass")
    return tuple(lines)


def _open_bracket(text: Text) -> Slip | None:
    found = re.search(r"'([(\[{])' was never closed", text.said)
    if found is None:
        return None
    closing = CLOSING[found[1]]
    code, comment = _parts(text.line)
    lines = text.becomes(f"{code}{closing}{comment}")
    return Slip(
        f"The bracket `{found[1]}` in this line is never closed.",
        f"Write the missing `{closing}`.",
        lines if reads_on(text, lines) else None,
    )


def _open_string(text: Text) -> Slip | None:
    if "unterminated" not in text.said:
        return None
    long = "triple-quoted" in text.said
    quote = text.line[text.column : text.column + 1] if not long else ""
    line, closed = text.line, None
    tail = re.search(r"[)\]}:,\s]*$", line)
    at = tail.start() if tail else len(line)
    if quote in ("'", '"') and at > text.column:
        candidate = text.becomes(line[:at] + quote + line[at:])
        closed = candidate if reads_on(text, candidate) else None
    return Slip(
        "A string begins here and does not end" + (" before the program does." if long else "."),
        "End it with the same quote that it began with.",
        closed,
    )


def _extra_bracket(text: Text) -> Slip | None:
    found = re.search(r"unmatched '([)\]}])'", text.said)
    if found is None:
        return None
    lines = text.becomes(text.line[: text.column] + text.line[text.column + 1 :])
    return Slip(
        f"There is a `{found[1]}` in this line that closes nothing.",
        "Delete it, or write the bracket that it should close.",
        lines if reads_on(text, lines) else None,
    )


def _comma(text: Text) -> Slip | None:
    """`tensor(1.0 requires_grad=True)`; Python marks where the two things stand."""
    if "forgot a comma" not in text.said:
        return None
    end = max(text.column, (text.error.end_offset or 1) - 1)
    for found in re.finditer(r"(?<=[\w)\]}'\"]) +(?=[\w(\[{'\"])", text.line):
        lines = text.becomes(text.line[: found.start()] + "," + text.line[found.start() :])
        if text.column <= found.start() <= end and reads_on(text, lines):
            break
    else:
        lines = None
    return Slip(
        "Two things stand beside each other in this line, and nothing joins them.",
        "Probably a comma is missing between them.",
        lines,
    )


def _compares(text: Text) -> Slip | None:
    """`if x = 3:`"""
    if "==" not in text.said or not re.match(r"\s*(?:if|elif|while|assert)\b", text.line):
        return None
    line = text.line[: text.column] + re.sub(
        r"(?<![=!<>:])=(?!=)", "==", text.line[text.column :], count=1
    )
    lines = text.becomes(line)
    return Slip(
        "`=` binds a name; here something is compared.",
        "Two things are compared by `==`.",
        lines if reads_on(text, lines) else None,
    )


def _tabs(text: Text) -> Slip | None:
    """Nobody sees the difference, so the readers' editors decide: four columns, or eight."""
    if not isinstance(text.error, TabError):
        return None
    for width in (4, 8):
        lines = tuple(_spaced(line, width) for line in text.lines)
        if complaint("\n".join(lines)) is None:
            break
    else:
        lines = text.lines
    return Slip(
        "Some lines are moved in by tabs and others by spaces, which Python cannot compare.",
        "Move them in by spaces only.",
        lines if lines != text.lines else None,
    )


def _spaced(line: str, width: int) -> str:
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(width) + rest


def _steps_out(text: Text) -> Slip | None:
    if "unindent does not match" not in text.said:
        return None
    return Slip(
        "This line stands less far in than the one before, but as far as no block around it.",
        "Move it in exactly as far as the lines that it belongs with.",
    )


def _elsewhere(text: Text) -> Slip | None:
    """Words and signs of other languages."""
    code, comment = _parts(text.line)
    for pattern, instead, words in OTHER_LANGUAGES:
        changed = re.sub(pattern, instead, code)
        if changed != code:
            lines = text.becomes(changed + comment)
            if reads_on(text, lines):
                return Slip(f"This is not how Python writes it: {words}.", _TAKE_OVER, lines)
    return None


_TAKE_OVER = "Change the line, or take over the one below."

OTHER_LANGUAGES = (
    (r"^(\s*)(\w+)\s*\+\+;?\s*$", r"\1\2 += 1", "there is no `++`, but `+= 1`"),
    (r"^(\s*)(\w+)\s*--;?\s*$", r"\1\2 -= 1", "there is no `--`, but `-= 1`"),
    (r"\belse\s+if\b", "elif", "`else if` is `elif`"),
    (r"\s*&&\s*", " and ", "`&&` is `and`"),
    (r"\s*\|\|\s*", " or ", "`||` is `or`"),
    (r"!(?=[\w(])", "not ", "`!` is `not`"),
    (r"^(\s*)(?:let|var|const|float|int)\s+(\w+\s*=)", r"\1\2", "a name needs no word before it"),
    (r"=\s*new\s+", "= ", "there is no `new`"),
    (r"^(\s*)print\s+(?![=(])(.+)$", r"\1print(\2)", "`print` is called with brackets"),
    (r"\s*=>\s*", " >= ", "`=>` is `>=`"),
)
"""Pattern -> what it becomes, and the sentence."""


def _keyword(text: Text) -> Slip | None:
    """A misspelt word, where another one lets Python read on."""
    if "invalid syntax" not in text.said:
        return None
    line = text.line
    for found in re.finditer(r"\b[a-z]{2,9}\b", line):
        for word in WORDS:
            if not _one_slip(found[0], word):
                continue
            lines = text.becomes(line[: found.start()] + word + line[found.end() :])
            if reads_on(text, lines):
                return Slip(f"Python has no word `{found[0]}`.", f"Did you mean `{word}`?", lines)
    return None


def _one_slip(typed: str, word: str) -> bool:
    """Whether one letter was left out, doubled, changed, or two were swapped."""
    if typed == word or keyword.iskeyword(typed) or abs(len(typed) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    one, two = typed[start:], word[start:]
    swapped = len(one) > 1 and len(two) > 1 and one[0] == two[1] and one[1] == two[0]
    return (
        one[1:] == two[1:] or one[1:] == two or one == two[1:] or (swapped and one[2:] == two[2:])
    )


def _ends_early(text: Text) -> Slip | None:
    """`y = x *`"""
    code, _ = _parts(text.line)
    found = re.search(
        r"([-+*/@%=<>]+|\b(?:and|or|not|in|is|import|from|return|if|for)\b)\s*$", code
    )
    if "invalid syntax" not in text.said or found is None or text.column < len(code.rstrip()) - 1:
        return None
    return Slip(
        f"The line ends in `{found[1]}`, and what should come behind it is missing.",
        "Write the rest of the line, or delete it.",
    )


def _misplaced(text: Text) -> Slip | None:
    found = re.match(r"^'(return|yield|await|break|continue)'", text.said)
    if found is None or not re.search(r"outside|not properly in loop", text.said):
        return None
    if found[1] == "await":
        return Slip("`await` works in an `async` function only.", "Leave it out: call it directly.")
    where = "a loop" if found[1] in ("break", "continue") else "a function"
    return Slip(
        f"`{found[1]}` works inside of {where} only.",
        f"Move it into {where}, or leave it out; check how far the lines around it are moved in.",
    )


ROWS: tuple[Look, ...] = (
    _tabs,
    _elsewhere,
    _colon,
    _body,
    _open_bracket,
    _extra_bracket,
    _open_string,
    _steps_out,
    _comma,
    _compares,
    _keyword,
    _ends_early,
    _misplaced,
)

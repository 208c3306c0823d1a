"""The worked example in docs/trace.md is what a real run gives."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from explorer import wire
from explorer.records import Program
from explorer.worker.execute import execute

TEXT = (Path(__file__).parents[2] / "docs" / "trace.md").read_text("utf-8")
PROGRAMS = dict(re.findall(r"```python ?(\w*)\n(.*?)```", TEXT, flags=re.DOTALL))
"""By name; the page's main program has none."""
BLOCKS = re.findall(r"```json (\S+)\n(.*?)```", TEXT, flags=re.DOTALL)


@cache
def trace(program: str) -> Any:
    return json.loads(wire.written_out(execute(Program(PROGRAMS[program]))))


def at(path: str) -> Any:
    """The part of a Trace that a path like "passes[0].nodes" or "step:events" names."""
    program, _, path = path.rpartition(":")
    found = trace(program)
    for key in re.findall(r"\w+", path):
        found = found[int(key)] if key.isdigit() else found[key]
    return found


def shown(whole: Any, excerpt: Any) -> Any:
    """The whole, without the fields that the excerpt leaves out."""
    if isinstance(excerpt, dict):
        return {key: shown(whole[key], value) for key, value in excerpt.items()}
    if isinstance(excerpt, list) and len(excerpt) == len(whole):
        return [shown(*pair) for pair in zip(whole, excerpt, strict=True)]
    return whole


@pytest.mark.parametrize(("path", "block"), BLOCKS, ids=[path for path, _ in BLOCKS])
def test_every_block_is_what_the_run_gave(path: str, block: str) -> None:
    excerpt = json.loads(block)
    assert shown(at(path), excerpt) == excerpt


def test_every_part_of_a_trace_is_shown() -> None:
    told = {re.match(r"\w+", path)[0] for path, _ in BLOCKS}  # type: ignore[index]
    assert told >= {"lines", "passes", "leaves", "events", "failure"}

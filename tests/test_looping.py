"""Loops that train, found in programs, and the programs with another number of rounds."""

from __future__ import annotations

import pytest

from explorer.edits import edited
from explorer.gallery import EXAMPLES
from explorer.looping import training_loops
from explorer.records import Program
from explorer.training import rounds
from explorer.worker.execute import execute
from explorer.zeroing import twin

HEAD = (
    "import torch\nw = torch.tensor(1.0, requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.1)\n"
)
BODY = "opt.zero_grad(); (w * w).backward(); opt.step()\n"

COUNTED = {
    "a range": (f"for i in range(3):\n    {BODY}", 3),
    "from a start": (f"for i in range(2, 5):\n    {BODY}", 3),
    "with a stride": (f"for é in range(-4, 5, 4):\n    {BODY}", 3),
    "below a text that Python warns of": (f"a = '\\d'\nfor i in range(3):\n    {BODY}", 3),
    "a name": (f"steps = 3\nfor i in range(steps):\n    {BODY}", 3),
    "wrapped": (f"for i, _ in enumerate(range(3)):\n    {BODY}", 3),
    "in a condition": (f"if True:\n    for i in range(3):\n        {BODY}", 3),
    "around a function": (f"def go():\n    {BODY}\nfor i in range(3):\n    go()\n", 3),
    "around two functions": (
        f"def go():\n    {BODY}\ndef on():\n    go()\nfor i in range(3):\n    on()\n",
        3,
    ),
    "in a function": (f"def go():\n    for i in range(3):\n        {BODY}\ngo()\n", 3),
    "around micro-batches": (
        "for i in range(3):\n    for part in range(2):\n        (w * part).backward()\n"
        "    opt.step()\n    opt.zero_grad()\n",
        3,
    ),
    "around a list": (
        f"for epoch in range(3):\n    for x in [1.0]:\n        {BODY}",
        3,
    ),
    "a schedule outside": (
        "plan = torch.optim.lr_scheduler.StepLR(opt, 1)\nfor epoch in range(1):\n"
        f"    for i in range(3):\n        {BODY}    plan.step()\n",
        3,
    ),
    "updates by hand": (
        "for i in range(3):\n    (w * w).backward()\n    with torch.no_grad():\n"
        "        w -= 0.1 * w.grad\n    w.grad = None\n",
        3,
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_the_program_steps_as_often_as_it_is_told(name: str) -> None:
    text, count = COUNTED[name]
    source = HEAD + text
    (loop,) = training_loops(source)
    assert loop.count == count
    assert len(rounds(execute(Program(source)))) == count
    for wanted in (1, 7):
        changed = loop.having(source, wanted)
        assert training_loops(changed)[0].count == wanted
        assert len(rounds(execute(Program(changed)))) == wanted


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"while w > 0.9:\n    {BODY}",
        f"for x in [1, 2]:\n    {BODY}",
        f"n = 3\nn = 4\nfor i in range(n):\n    {BODY}",
        f"n = 3\ndef go(n):\n    for i in range(n):\n        {BODY}\ngo(2)\n",
        f"n = int('3')\nfor i in range(n):\n    {BODY}",
        f"for i in range(2 * 2):\n    {BODY}",
        f"for i in range(9, 2, -1):\n    {BODY}",
        f"for n in [3]:\n    for i in range(n):\n        {BODY}",
        f"for i in range(True):\n    {BODY}",
        "for i in range(3):\n    w = w * 2\n",
        "for i in range(3",
        "\0",
    ],
)
def test_where_the_text_does_not_tell_nothing_is_claimed(text: str) -> None:
    assert training_loops(HEAD + text) == ()


def test_two_trainings_are_two_loops_with_their_lines() -> None:
    loops = training_loops(f"{HEAD}for i in range(3):\n    {BODY}for i in range(5):\n    {BODY}")
    assert [(loop.line, loop.count) for loop in loops] == [(4, 3), (6, 5)]


def test_two_loops_with_one_number_are_one() -> None:
    shared = f"{HEAD}n = 3\nfor i in range(n):\n    {BODY}for i in range(n):\n    {BODY}"
    (loop,) = training_loops(shared)
    assert loop.having(shared, 12) == shared.replace("n = 3", "n = 12")


def test_numbers_in_any_order_are_changed_together() -> None:
    source = f"{HEAD}m = 3\nfor i in range(5):\n    {BODY}for i in range(m):\n    {BODY}"
    changed = edited(source, [loop.edit(1000) for loop in training_loops(source)])
    assert changed == source.replace("m = 3", "m = 1000").replace("range(5)", "range(1000)")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "+".join(["1"] * 5000),
        "f" + ".a" * 3000 + "()",
        "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(2000)),
        "m = 3\n" + "for i in range(m):\n    opt.step()\n" * 3000,
        "opt.zero_grad()\n" * 5000,
    ],
)
def test_a_text_of_any_form_is_read_in_no_time(text: str) -> None:
    training_loops(HEAD + text)
    twin(HEAD + text)


def test_only_a_loop_that_nothing_repeats_stands_alone() -> None:
    assert training_loops(f"{HEAD}for i in range(3):\n    {BODY}")[0].alone
    nested = f"{HEAD}for e in range(2):\n    for i in range(3):\n        {BODY}"
    assert not training_loops(nested)[0].alone


def test_examples_that_train_in_a_loop_have_their_number() -> None:
    counted = {one.slug: training_loops(one.source) for one in EXAMPLES}
    known = {slug: loops[0].count for slug, loops in counted.items() if loops}
    for slug, count in known.items():
        source = next(one.source for one in EXAMPLES if one.slug == slug)
        assert len(rounds(execute(Program(source)))) % count == 0, slug
    assert len(known) >= 3

"""The table of data: small sets, made by a formula or at hand, as the code that makes them.

Nothing is downloaded. Each set writes `x` and, unless the loss makes its own target, `y`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Shape = tuple[int, ...]

RANDOM = "random"
LARGEST_BATCH = 512
TEXT = "hello gradient, hello graph: every letter follows the letters before it, step by step."
"""Ours; as long as the largest batch of windows needs."""
WINDOW = 8
"""Letters that the network sees of it at once."""


@dataclass(frozen=True)
class Dataset:
    """Where inputs and targets come from."""

    name: str
    title: str
    says: str
    shape: Shape | None
    """Of one example; None: it can be chosen."""
    write: Callable[[int], str]
    """Code for a batch of that many."""
    gives: Literal["classes", "numbers", "nothing"] = "classes"
    """What `y` holds."""
    classes: int = 0
    label_shape: Shape = ()
    """Of `y` for one example."""
    batches: tuple[int, int, int] = (2, 32, LARGEST_BATCH)
    """Least, usual and most examples."""
    even: bool = False
    """Both classes get half of the batch each."""
    words: int = 0
    """How many different whole numbers `x` holds; 0: real numbers."""


def _xor(_: int) -> str:
    return """\
# XOR: 1 where exactly one of the two inputs is 1. No straight line separates the two classes.
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([0, 1, 1, 0])"""


def _moons(batch: int) -> str:
    return f"""\
# Two moons: two half circles that reach into each other, with some noise.
angle = torch.linspace(0, torch.pi, {batch // 2})
upper = torch.stack([angle.cos(), angle.sin()], dim=1)
lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], dim=1)
x = torch.cat([upper, lower]) + 0.1 * torch.randn({batch // 2 * 2}, 2)
y = torch.arange(2).repeat_interleave({batch // 2})"""


def _spirals(batch: int) -> str:
    return f"""\
# Two spirals: two arms that wind around each other.
radius = torch.linspace(0.1, 1, {batch // 2})
angle = 3 * torch.pi * radius
arm = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
x = torch.cat([arm, -arm])
y = torch.arange(2).repeat_interleave({batch // 2})"""


def _sine(batch: int) -> str:
    return f"""\
# One wave of a sine.
x = torch.linspace(-torch.pi, torch.pi, {batch}).unsqueeze(1)
y = torch.sin(x)"""


DIGITS = tuple(
    line
    for line in (Path(__file__).parent / "data" / "digits8.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
"""Images of 8×8 dots, 0 to g (16), each a line; the digits 0 to 9 in turn."""


def _digits(batch: int, size: str) -> str:
    dots = "\n".join(DIGITS[:batch])
    return f'''\
# Handwritten digits, 0 to 9 in turn: 8×8 dots each, from 0 (paper) to g (16, ink).
# From "Optical Recognition of Handwritten Digits" by Alpaydin and Kaynak, UCI, CC BY 4.0.
images = """
{dots}
"""
dots = [[int(dot, 17) for dot in image] for image in images.split()]
x = torch.tensor(dots).view(-1, 1, 8, 8) / 16{size}
y = torch.arange({batch}) % 10'''


def _digits_8(batch: int) -> str:
    return _digits(batch, "")


def _digits_28(batch: int) -> str:
    return _digits(batch, '\nx = nn.functional.interpolate(x, size=28, mode="bilinear")')


def _letters(batch: int) -> str:
    return f"""\
# Windows of a text as numbers of letters; the target is the next letter, at every place.
text = "{TEXT}"
letters = sorted(set(text))
numbers = torch.tensor([letters.index(letter) for letter in text])
windows = numbers.unfold(0, {WINDOW + 1}, 1)[:{batch}]
x = windows[:, :-1]
y = windows[:, 1:]"""


LETTERS = len(set(TEXT))

DATASETS: dict[str, Dataset] = {
    data.name: data
    for data in (
        Dataset(
            RANDOM,
            "Random numbers",
            "Normally distributed inputs of any shape, and a random target that suits the loss.",
            None,
            lambda _: "",
            gives="nothing",
            batches=(1, 4, LARGEST_BATCH),
        ),
        Dataset(
            "xor", "XOR", "The four pairs of 0 and 1.", (2,), _xor, classes=2, batches=(4, 4, 4)
        ),
        Dataset(
            "moons",
            "Two moons",
            "Half circles with noise, two classes.",
            (2,),
            _moons,
            classes=2,
            even=True,
        ),
        Dataset(
            "spirals",
            "Two spirals",
            "Arms that wind around each other, two classes.",
            (2,),
            _spirals,
            classes=2,
            batches=(2, 64, LARGEST_BATCH),
            even=True,
        ),
        Dataset(
            "sine",
            "Sine",
            "One wave: a number in, a number out.",
            (1,),
            _sine,
            gives="numbers",
        ),
        Dataset(
            "digits8",
            "Digits 8×8",
            "Handwriting of 13 people: 0 to 9 in turn, from scikit-learn's digits (UCI).",
            (1, 8, 8),
            _digits_8,
            classes=10,
            batches=(1, 20, len(DIGITS)),
        ),
        Dataset(
            "digits28",
            "Digits 28×28",
            "The same handwriting enlarged to the size of MNIST.",
            (1, 28, 28),
            _digits_28,
            classes=10,
            batches=(1, 20, len(DIGITS)),
        ),
        Dataset(
            "letters",
            "Letters of a text",
            f"Windows of {WINDOW} letters; the target is the next letter.",
            (WINDOW,),
            _letters,
            classes=LETTERS,
            label_shape=(WINDOW,),
            batches=(1, 8, len(TEXT) - WINDOW),
            words=LETTERS,
        ),
    )
}

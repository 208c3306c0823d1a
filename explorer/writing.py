"""A stack as a program: the code that a good teacher would write."""

from __future__ import annotations

from collections import Counter

from explorer import targets
from explorer.check import Checked, check
from explorer.layers.row import Shape
from explorer.stack import Stack, row_of

INDENT = "    "
MOST_TOLD, TOLD = 100, 20
"""More steps than the first are not all printed, but about as many as the second."""
LONGEST_LINE = 88
"""Characters; longer calls are broken after their parenthesis, as formatters do."""


def source(stack: Stack) -> str:
    """The program. The stack must fit (`check(stack).fits`); raises ValueError otherwise."""
    found = check(stack)
    if not found.fits or found.output is None:
        raise ValueError("a stack that does not fit cannot be written")
    head = "import torch\nfrom torch import nn\n\n"
    model = _sequential(stack, found)
    if as_class(stack):
        head += f"\n{_class(stack, found)}\n\n\n"
        model = "model = Network()"
    parts = (
        f"torch.manual_seed({stack.seed})",
        _data(stack, found),
        model,
        _training(stack, found),
    )
    return head + "\n\n".join(parts) + "\n"


def _data(stack: Stack, found: Checked) -> str:
    assert found.output is not None
    lines = [stack.dataset.write(stack.batch) or f"x = {_random_input(stack)}"]
    if not found.parameters:
        lines.append("x.requires_grad_()  # nothing to learn below: follow the gradient to x")
    if target := targets.adapt(stack, found.output):
        lines.append(target)
    return "\n".join(lines)


def _random_input(stack: Stack) -> str:
    first = stack.rows[0]
    if first.takes_indices:
        words = first.chosen(stack.layers[0].values).num_embeddings
        return f"torch.randint(0, {words}, {stack.input_shape})"
    return f"torch.randn({', '.join(map(str, stack.input_shape))})"


def as_class(stack: Stack) -> bool:
    """Whether a class is written: by choice, or because a layer takes or gives more than `x`."""
    return stack.style == "class" or not all(row.chains for row in stack.rows)


def _sequential(stack: Stack, found: Checked) -> str:
    lines = ["model = nn.Sequential("]
    for row, piece, place in zip(stack.rows, stack.layers, found.places, strict=True):
        lines += _broken(f"{INDENT}{row.code(piece.values)},", _comment(place.after))
    return "\n".join([*lines, ")"])


def _class(stack: Stack, found: Checked) -> str:
    body = 2 * INDENT
    made, used = [], []
    for at, (row, name) in enumerate(zip(stack.rows, _attributes(stack), strict=True)):
        values, place = stack.layers[at].values, found.places[at]
        assert place.before is not None
        made += _broken(f"{body}self.{name} = {row.code(values)}")
        lines = row.call(f"self.{name}", place.before, row.chosen(values))
        used += [body + line for line in lines]
        used[-1] += _comment(place.after)
    return "\n".join(
        [
            "class Network(nn.Module):",
            f"{INDENT}def __init__(self):",
            f"{body}super().__init__()",
            *made,
            "",
            f"{INDENT}def forward(self, x):",
            *used,
            f"{body}return x",
        ]
    )


def _broken(line: str, comment: str = "") -> list[str]:
    """The line with its comment, or the call with its arguments on a line of their own."""
    if len(line + comment) <= LONGEST_LINE:
        return [line + comment]
    indent = " " * (len(line) - len(line.lstrip()))
    head, _, rest = line.partition("(")
    arguments, _, tail = rest.rpartition(")")
    return [f"{head}(", f"{indent}{INDENT}{arguments}", f"{indent}){tail}{comment}"]


def _attributes(stack: Stack) -> list[str]:
    """ "linear1", "linear2", "relu": numbered where there are several."""
    total = Counter(row.stem for row in stack.rows)
    so_far: Counter[str] = Counter()
    names = []
    for row in stack.rows:
        so_far[row.stem] += 1
        names.append(f"{row.stem}{so_far[row.stem]}" if total[row.stem] > 1 else row.stem)
    return names


def _comment(shape: Shape | None) -> str:
    return "" if shape is None else f"  # {' × '.join(map(str, shape))}"


def _training(stack: Stack, found: Checked) -> str:
    assert found.output is not None
    trains = stack.optimizer is not None and found.parameters > 0
    head = [f"criterion = {stack.criterion.code(stack.loss.values)}"]
    if stack.optimizer is not None and trains:
        head.append(f"optimizer = {row_of(stack.optimizer).code(stack.optimizer.values)}")
    lines = ["output = model(x)", f"loss = {targets.comparison(stack, found.output)}"]
    lines += ["loss.backward()"]
    if trains:
        lines = ["optimizer.zero_grad()"] * stack.zero_grad + lines + ["optimizer.step()"]
    if trains and stack.steps > 1:
        end = targets.rightness(stack, found.output)
        return "\n".join([*head, "", *_loop(stack.steps, lines), *([""] if end else []), *end])
    return "\n".join([*head, "", *lines, 'print(f"loss {loss.item():.4f}")'])


def _loop(steps: int, lines: list[str]) -> list[str]:
    told = ['print(f"step {step}  loss {loss.item():.4f}")']
    if steps > MOST_TOLD:
        every = -(-steps // TOLD)
        told = [f"if step % {every} == 0:", INDENT + told[0]]
    return [f"for step in range({steps}):", *(INDENT + line for line in [*lines, *told])]

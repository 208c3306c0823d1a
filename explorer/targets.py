"""What the loss compares the output with: code that makes `y` suit it, or why none can."""

from __future__ import annotations

from explorer.layers.row import Shape, ShapeError, show
from explorer.losses import LAST_AXIS, Loss
from explorer.stack import Piece, Stack

MOST_COUNT = 5
"""Random counts stay below it."""


def adapt(stack: Stack, out: Shape) -> str:
    """Code that makes or changes `y` for an output of shape `out`; "" when `y` is right as it is.

    Raises ShapeError; its `fit` may hold `width` (features that the output should have), `loss` (a
    loss that suits) or values of the loss.
    """
    loss = stack.criterion
    if loss.ranks and len(out) not in loss.ranks:
        raise ShapeError(f"{loss.name} does not take an output of {len(out)} axes, {show(out)}.")
    if stack.target == "input":
        return _the_input(stack, loss, out)
    match stack.dataset.gives:
        case "nothing":
            return f"y = {_random(stack, loss, out)}"
        case "numbers":
            return _numbers(stack, loss, out)
    if loss.target == "class":
        return _classes(stack, loss, out)
    return _encoded(stack, loss, out)


def rightness(stack: Stack, out: Shape) -> list[str]:
    """Code that tells how many classes were found; nothing where the output is no class each."""
    data = stack.dataset
    if data.gives != "classes" or stack.target != "labels" or out != (stack.batch, data.classes):
        return []
    match stack.criterion.target:
        case "class":
            wanted = "y"
        case "number" | "share" | "distribution":
            wanted = "y.argmax(1)"
        case _:
            return []
    switch = ["model.eval()  # no dropout, and the statistics that were learned"]
    return [
        *(switch if any(map(_behaves_otherwise, stack.layers)) else ()),
        "with torch.no_grad():",
        f"    right = (model(x).argmax(1) == {wanted}).sum()",
        f'print(f"{{right}} of {stack.batch} are recognised")',
    ]


def _behaves_otherwise(piece: Piece) -> bool:
    """Whether a layer does something else when it is not trained."""
    kinds = ("Dropout", "BatchNorm", "RReLU", "TransformerEncoder", "TransformerDecoder")
    return any(kind in piece.name for kind in kinds) or "dropout" in piece.values


def comparison(stack: Stack, out: Shape) -> str:
    """The call of the loss."""
    if _classes_last(stack) and len(out) > 2:
        return "criterion(output.flatten(0, -2), y.flatten())"
    return "criterion(output, y)"


def _classes_last(stack: Stack) -> bool:
    return stack.loss.values.get("classes") == LAST_AXIS


def _the_input(stack: Stack, loss: Loss, out: Shape) -> str:
    if loss.target != "number" or stack.dataset.words:
        raise ShapeError(f"{loss.name} cannot compare with the input.", loss="MSELoss")
    if out != stack.input_shape:
        raise ShapeError(
            f"The output is {show(out)}, the input {show(stack.input_shape)}; "
            "to be compared they need one shape."
        )
    return "y = x  # the network is to give back what it got"


def _random(stack: Stack, loss: Loss, out: Shape) -> str:
    size = ", ".join(map(str, out))
    match loss.target:
        case "class":
            count, shape = _class_shape(stack, out)
            return f"torch.randint(0, {count}, {shape})"
        case "number":
            return f"torch.randn({size})"
        case "share":
            return f"torch.randint(0, 2, {out}).float()"
        case "distribution":
            return f"torch.randn({size}).softmax(dim=1)"
        case "count":
            return f"torch.randint(0, {MOST_COUNT}, {out}).float()"
        case "sign":
            return f"2.0 * torch.randint(0, 2, {out}) - 1"
    first = f"torch.randint(0, {out[1]}, ({out[0]}, 1))"
    return f"nn.functional.pad({first}, (0, {out[1] - 1}), value=-1)"


def _class_shape(stack: Stack, out: Shape) -> tuple[int, Shape]:
    """How many classes the output scores, and the shape of the target."""
    if _classes_last(stack):
        return out[-1], out[:-1]
    return out[1], (out[0], *out[2:])


def _numbers(stack: Stack, loss: Loss, out: Shape) -> str:
    if loss.target != "number":
        raise ShapeError(
            f"{stack.dataset.title} gives numbers; {loss.name} cannot compare with them.",
            loss="MSELoss",
        )
    wanted = (stack.batch, 1)
    if out != wanted:
        raise ShapeError(f"The output is {show(out)}, the target {show(wanted)}.", width=1)
    return ""


def _classes(stack: Stack, loss: Loss, out: Shape) -> str:
    data = stack.dataset
    labels = (stack.batch, *data.label_shape)
    count, shape = _class_shape(stack, out)
    if shape != labels and out[:-1] == labels and "classes" in loss.chosen({}).__dict__:
        raise ShapeError(
            f"The scores of the classes stand on the last axis of {show(out)}.", classes=LAST_AXIS
        )
    if shape != labels:
        raise ShapeError(
            f"The output is {show(out)}, but there is one target for each of {show(labels)}."
        )
    if count < data.classes:
        scored = "1 class" if count == 1 else f"{count} classes"
        raise ShapeError(
            f"The output scores {scored}, but the data have {data.classes}.",
            width=data.classes,
        )
    return ""


def _encoded(stack: Stack, loss: Loss, out: Shape) -> str:
    """Classes as numbers of the output's shape."""
    data = stack.dataset
    labels = (stack.batch, *data.label_shape)
    if out == (*labels, data.classes):
        if loss.target == "labels":
            return f"y = nn.functional.pad(y.unsqueeze(1), (0, {data.classes - 1}), value=-1)"
        text = f"nn.functional.one_hot(y, {data.classes}).float()"
    elif data.classes == 2 and out == (*labels, 1) and loss.target != "labels":
        text = "y.float().unsqueeze(-1)"
    else:
        raise ShapeError(
            f"The output is {show(out)}; for the classes of {data.title} it should be "
            f"{show((*labels, data.classes))}.",
            width=data.classes,
        )
    return f"y = 2 * {text} - 1" if loss.target == "sign" else f"y = {text}"

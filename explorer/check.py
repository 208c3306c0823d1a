"""A stack, layer by layer: shapes, parameters, the first that does not fit, and what would."""

from __future__ import annotations

from math import isqrt, prod

from msgspec.structs import replace

from explorer import targets
from explorer.datasets import RANDOM
from explorer.layers.field import Value, fits_as_shape, literal
from explorer.layers.row import Row, Shape, ShapeError, show
from explorer.records import Record
from explorer.stack import MOST_LAYERS, Piece, Stack, row_of

MOST_PARAMETERS = 10_000_000
"""With gradient and Adam's two means they take 160 MB, which fits a run."""
LARGEST_TENSOR = 4_000_000
"""Numbers in one layer's output; some dozens of these and their gradients fit a run."""


class Fix(Record, frozen=True):
    """A repair: what the button says, and the stack that it gives."""

    label: str
    stack: Stack


class Finding(Record, frozen=True):
    """Something that does not fit, or is better otherwise."""

    message: str
    fixes: tuple[Fix, ...] = ()


class Place(Record, frozen=True):
    """One layer in its stack."""

    before: Shape | None
    """What comes in; None below a layer that does not fit."""
    after: Shape | None
    parameters: int
    error: Finding | None = None


class Checked(Record, frozen=True):
    """All that can be said of a stack without a run."""

    places: tuple[Place, ...]
    output: Shape | None
    parameters: int
    error: Finding | None = None
    """Of what follows the layers: loss, optimizer, size. None while a layer does not fit."""
    advice: tuple[Finding, ...] = ()
    """It would run, but is seldom meant."""

    @property
    def fits(self) -> bool:
        """Whether the stack can be written."""
        return self.error is None and all(place.error is None for place in self.places)


def check(stack: Stack) -> Checked:
    """Walks the shapes through the stack."""
    places = walk(stack)
    shape = places[-1].after if places else stack.input_shape
    parameters = sum(place.parameters for place in places)
    error = None if shape is None else _end(stack, shape, parameters)
    advice = _advice(stack) if shape is not None and error is None else ()
    return Checked(places, shape, parameters, error, advice)


def walk(stack: Stack) -> tuple[Place, ...]:
    """The layers alone."""
    shape: Shape | None = stack.input_shape
    places = []
    for at, row in enumerate(stack.rows):
        places.append(_place(stack, at, row, shape))
        shape = places[-1].after
    return tuple(places)


def repaired(stack: Stack) -> Stack:
    """The stack with the first fix of each error applied, from input to output."""
    for _ in range(2 * MOST_LAYERS):
        found = check(stack)
        errors = [place.error for place in found.places if place.error]
        error = errors[0] if errors else found.error
        if error is None or not error.fixes:
            break
        stack = error.fixes[0].stack
    return stack


def _place(stack: Stack, at: int, row: Row, x: Shape | None) -> Place:
    values = stack.layers[at].values
    parameters = row.parameters(row.chosen(values))
    if x is None:
        return Place(None, None, parameters)
    if finding := _wrong_kind(stack, at, row):
        return Place(x, None, parameters, finding)
    try:
        after = row.flow(x, values)
    except ShapeError as error:
        return Place(x, None, parameters, Finding(str(error), _fixes(stack, at, x, error)))
    if prod(after) > LARGEST_TENSOR:
        size = f"{show(after)} is {prod(after):,} numbers"
        message = f"{size}; this page runs up to {LARGEST_TENSOR:,}."
        return Place(x, None, parameters, Finding(message))
    return Place(x, after, parameters)


def _wrong_kind(stack: Stack, at: int, row: Row) -> Finding | None:
    """Whole numbers where others are wanted, or the other way round."""
    data = stack.dataset
    if row.takes_indices:
        return _no_words(stack, at, row)
    if at == 0 and data.words:
        first = Piece("Embedding", {"num_embeddings": data.words})
        fix = Fix("Put an Embedding first", stack.adding(first, 0))
        return Finding(f"{data.title} are whole numbers; {row.name} cannot use them.", (fix,))
    return None


def _no_words(stack: Stack, at: int, row: Row) -> Finding | None:
    """Why an embedding cannot look up what comes in."""
    data = stack.dataset
    if at > 0:
        front = Fix("Move it to the front", stack.moving(at, -at))
        return Finding(f"Only the first layer gets whole numbers; {row.name} needs them.", (front,))
    if data.name != RANDOM and not data.words:
        others = (
            Fix("Use the letters of a text", stack.on("letters")),
            Fix("Use random words", replace(stack.on(RANDOM), shape=(5,))),
        )
        return Finding(f"{row.name} needs whole numbers; {data.title} gives others.", others)
    words = int(row.chosen(stack.layers[at].values).num_embeddings)
    if words < data.words:
        enough: dict[str, Value] = {"num_embeddings": data.words}
        fix = Fix(f"Set {_words(enough)}", stack.setting(at, enough))
        return Finding(f"{data.title} has {data.words} letters, {row.name} only {words}.", (fix,))
    return None


def _fixes(stack: Stack, at: int, x: Shape, error: ShapeError) -> tuple[Fix, ...]:
    """What would fit, likeliest first."""
    row = stack.rows[at]
    found = []
    if len(x) > 2 and (row.name == "Linear" or (2 in row.ranks and 3 not in row.ranks)):
        found.append(_flatten_first(stack, at, x))
    if error.fit and not any(_refused(row, error.fit)):
        found.append(Fix(f"Set {_words(error.fit)}", stack.setting(at, error.fit)))
    if 4 in row.ranks and len(x) == 2 and isqrt(x[1]) ** 2 == x[1]:
        found.append(_unflatten_first(stack, at, x))
    if at == 0 and not error.fit:
        found.append(_other_input(stack, row))
    return tuple(fix for fix in found if fix is not None)


def _refused(row: Row, values: dict[str, Value]) -> list[str]:
    known = {field.name: field for field in row.fields}
    refusals = (known[name].refusal(value) for name, value in values.items())
    return [refusal for refusal in refusals if refusal]


def _words(values: dict[str, Value]) -> str:
    return " and ".join(f"{name} to {literal(value)}" for name, value in values.items())


def _flatten_first(stack: Stack, at: int, x: Shape) -> Fix | None:
    row = stack.rows[at]
    values: dict[str, Value] = {row.feature[0]: prod(x[1:])} if row.feature else {}
    if _refused(row, values):
        return None
    return Fix("Flatten first", stack.setting(at, values).adding(Piece("Flatten"), at))


def _unflatten_first(stack: Stack, at: int, x: Shape) -> Fix:
    row, side = stack.rows[at], isqrt(x[1])
    square = Piece("Unflatten", {"dim": 1, "unflattened_size": (1, side, side)})
    values: dict[str, Value] = {row.feature[0]: 1} if row.feature else {}
    return Fix(
        f"Unflatten to 1 × {side} × {side} first", stack.setting(at, values).adding(square, at)
    )


def _other_input(stack: Stack, row: Row) -> Fix | None:
    shape = row.example(row.chosen(stack.layers[0].values))[1:]
    if not fits_as_shape(shape):
        return None
    batch = stack.batch if stack.data == RANDOM else 4
    changed = replace(stack, data=RANDOM, batch=batch, shape=shape, target="labels")
    return Fix(f"Use random input of {show(shape)}", changed)


def _end(stack: Stack, out: Shape, parameters: int) -> Finding | None:
    """What is wrong behind the last layer."""
    if not stack.layers:
        return Finding("Add a layer, or take a ready-made stack.")
    if parameters > MOST_PARAMETERS:
        return Finding(
            f"{parameters:,} parameters; this page trains up to {MOST_PARAMETERS:,}. "
            "Make the widest layer narrower."
        )
    if stack.dataset.even and stack.batch % 2:
        fix = Fix(f"Set the batch to {stack.batch - 1}", replace(stack, batch=stack.batch - 1))
        return Finding("Two classes of equal size need an even batch.", (fix,))
    if stack.optimizer and (refusal := row_of(stack.optimizer).refusal(stack.optimizer.values)):
        return Finding(refusal)
    return _loss(stack, out)


def _loss(stack: Stack, out: Shape) -> Finding | None:
    if stack.loss.name == "BCELoss" and not _probabilities(stack):
        fixes = (
            Fix("Add a Sigmoid", stack.adding(Piece("Sigmoid"))),
            Fix("Use BCEWithLogitsLoss", replace(stack, loss=Piece("BCEWithLogitsLoss"))),
        )
        return Finding("BCELoss takes probabilities from 0 to 1.", fixes)
    try:
        targets.adapt(stack, out)
    except ShapeError as error:
        return Finding(str(error), _loss_fixes(stack, error))
    return None


GIVES_PROBABILITIES = {"Sigmoid", "Hardsigmoid", "Softmax", "Softmin", "Softmax2d"}
KEEPS_NUMBERS = {"Identity", "Flatten", "Unflatten"}


def _last(stack: Stack) -> str:
    """Name of the last layer that changes numbers, not only their grouping."""
    names = [piece.name for piece in stack.layers if piece.name not in KEEPS_NUMBERS]
    return names[-1] if names else ""


def _probabilities(stack: Stack) -> bool:
    return _last(stack) in GIVES_PROBABILITIES


def _loss_fixes(stack: Stack, error: ShapeError) -> tuple[Fix, ...]:
    fit = dict(error.fit)
    if isinstance(width := fit.pop("width", None), int):
        return _widen(stack, width)
    if isinstance(name := fit.pop("loss", None), str):
        return (Fix(f"Use {name}", replace(stack, loss=Piece(name))),)
    if fit:
        return (Fix(f"Set {_words(fit)}", replace(stack, loss=stack.loss.having(fit))),)
    return ()


def _widen(stack: Stack, width: int) -> tuple[Fix, ...]:
    """The last Linear gives so many features, or a new one does."""
    linears = [at for at, piece in enumerate(stack.layers) if piece.name == "Linear"]
    if linears:
        changed = repaired_shapes(stack.setting(linears[-1], {"out_features": width}))
        return (Fix(f"Let the last Linear give {width}", changed),)
    return (
        Fix(f"Add a Linear to {width}", fitted(stack, Piece("Linear", {"out_features": width}))),
    )


def repaired_shapes(stack: Stack) -> Stack:
    """The stack with feature counts of its layers set to what comes in."""
    for at, row in enumerate(stack.rows):
        place = walk(stack)[at]
        if place.error and place.before and row.feature:
            stack = stack.setting(at, {row.feature[0]: place.before[row.feature[1]]})
    return stack


def fitted(stack: Stack, piece: Piece) -> Stack:
    """The stack with one more layer whose values suit what comes in, as far as they can."""
    grown = stack.adding(piece)
    for _ in range(3):
        place = walk(grown)[-1]
        if place.error is None or not place.error.fixes:
            return grown
        fix = place.error.fixes[0].stack
        if len(fix.layers) != len(grown.layers) or fix.data != grown.data:
            return grown  # a choice for the visitor, not for us
        grown = fix
    return grown


def _advice(stack: Stack) -> tuple[Finding, ...]:
    last, loss = _last(stack), stack.loss.name
    if loss == "CrossEntropyLoss" and last in ("Softmax", "LogSoftmax", "Sigmoid"):
        at = max(at for at, piece in enumerate(stack.layers) if piece.name == last)
        fix = Fix(f"Remove {last}", stack.without(at))
        return (Finding(f"CrossEntropyLoss takes scores: after {last} it squeezes twice.", (fix,)),)
    if loss in ("NLLLoss", "KLDivLoss") and last != "LogSoftmax":
        fixes = (Fix("Add LogSoftmax", stack.adding(Piece("LogSoftmax"))),)
        return (Finding(f"{loss} takes log-probabilities, as LogSoftmax gives them.", fixes),)
    if loss == "BCEWithLogitsLoss" and last == "Sigmoid":
        fix = Fix("Use BCELoss", replace(stack, loss=Piece("BCELoss")))
        return (Finding("BCEWithLogitsLoss has a Sigmoid of its own.", (fix,)),)
    return ()

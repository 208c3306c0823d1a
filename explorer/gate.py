"""Which Python a program may use, told early and kindly: with the line, and what to do instead.

This is for people who paste code. Safety does not rest on it: what it overlooks meets the jail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from explorer.records import Failure

PYTHON = frozenset(
    {
        "__future__",
        "abc",
        "bisect",
        "cmath",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "pprint",
        "random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "time",
        "types",
        "typing",
        "typing_extensions",
        "warnings",
        "weakref",
    }
)
"""Modules of Python that compute, and touch nothing else."""

LIBRARIES = frozenset({"torch", "numpy"})
"""numpy is in: its tensors come from torch, and what it has beyond computing ends at the jail."""

MODULES = PYTHON | LIBRARIES

_FILES = "Files are out of reach here: write the data into the program, as `torch.tensor([...])`."
_NETWORK = "The network is out of reach here: write the data into the program."
_ALONE = "A program has one process and one thread here; leave that part out."
_DATA = "Make a small tensor with `torch.tensor` or `torch.randn` instead."
_PICTURE = "Leave the plotting out: the page draws the graph and its gradients itself."
_MODELS = "Write the model with `torch.nn`; a few small layers show the same gradients."
_CODE = "Write the code itself: every line is recorded as it stands."
_TYPING = "Nobody can type while it runs: write the value into the program."

HINTS: Mapping[str, str] = {
    **dict.fromkeys(("os", "sys", "pathlib", "shutil", "glob", "io", "tempfile"), _FILES),
    **dict.fromkeys(("pickle", "csv", "h5py", "gzip", "zipfile", "argparse", "logging"), _FILES),
    **dict.fromkeys(("socket", "requests", "urllib", "http", "urllib3", "ssl"), _NETWORK),
    **dict.fromkeys(("threading", "multiprocessing", "subprocess", "asyncio", "signal"), _ALONE),
    **dict.fromkeys(("pandas", "sklearn", "scipy", "datasets", "PIL", "cv2"), _DATA),
    **dict.fromkeys(("matplotlib", "seaborn", "plotly", "IPython", "tqdm"), _PICTURE),
    **dict.fromkeys(("torchviz", "graphviz", "torchview", "torchsummary"), _PICTURE),
    **dict.fromkeys(("torchvision", "torchaudio", "torchtext", "transformers", "timm"), _MODELS),
    **dict.fromkeys(("lightning", "pytorch_lightning"), "Write the training loop itself."),
    **dict.fromkeys(("tensorflow", "keras", "jax"), "Write it with `torch`."),
    "torch.utils.tensorboard": _FILES,
    "torch.hub": _NETWORK,
    "torch.distributed": _ALONE,
    "torch.multiprocessing": _ALONE,
    "torch.utils.cpp_extension": "There is no compiler here; use a `torch.autograd.Function`.",
}
"""Module -> what to do without it."""

CLOSED: Mapping[str, str] = {
    "open": _FILES,
    "torch.load": _FILES,
    "torch.save": _FILES,
    "input": _TYPING,
    "breakpoint": _TYPING,
    "eval": _CODE,
    "exec": _CODE,
    "compile": _CODE,
    "__import__": "Write an `import` statement.",
    "torch.compile": "There is no compiler here; without it the gradients are the same.",
}
"""What may not be called -> what to do instead."""

OTHERWISE = "Python's own modules that compute, numpy and all of torch can be imported."


class Finding(NamedTuple):
    """Something that does not run here."""

    line: int
    name: str
    hint: str


def refusal(source: str) -> Failure | None:
    """Why the program is not run, or None. A text that is not Python is left to the parser."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError):
        return Failure(
            kind="syntax",
            message="The program is nested too deeply for Python's parser.",
            hint="Split the long expression into several lines.",
        )
    found = min(_findings(tree), default=None)
    if found is None:
        return None
    return Failure(
        kind="refused",
        message=f"This page runs PyTorch code only; `{found.name}` is not available.",
        line=found.line,
        hint=found.hint,
    )


def _findings(tree: ast.AST) -> Iterator[Finding]:
    nodes = list(ast.walk(tree))
    own = {name for node in nodes for name in _bound(node)}
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from _modules(node.lineno, [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from _modules(node.lineno, names if base.split(".")[0] in MODULES else [base])
        elif isinstance(node, ast.Call):
            yield from _call(node, own)


def _modules(line: int, names: list[str]) -> Iterator[Finding]:
    for name in names:
        parts = name.split(".")
        starts = [".".join(parts[: end + 1]) for end in range(len(parts))]
        closed = next((start for start in starts if start in HINTS or start in CLOSED), None)
        if closed or parts[0] not in MODULES:
            known = closed or parts[0] or name
            yield Finding(line, known, HINTS.get(known) or CLOSED.get(known) or OTHERWISE)


def _call(node: ast.Call, own: set[str]) -> Iterator[Finding]:
    """A closed function by its usual name; what the program defines under that name is its own."""
    name = _dotted(node.func)
    if name in CLOSED and name not in own:
        yield Finding(node.lineno, f"{name}()", CLOSED[name])
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg == "num_workers" and isinstance(value, ast.Constant) and value.value:
            yield Finding(value.lineno, "num_workers", "Leave `num_workers` out: " + _ALONE)


def _dotted(node: ast.expr) -> str:
    """ "open" or "torch.load"; nothing for longer ways to name a function."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that the program gives a meaning of its own."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg

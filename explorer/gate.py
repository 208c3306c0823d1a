"""Which Python a program may use, told early and kindly: with the line, and what to do instead.

This is for people who paste code. Safety does not rest on it: whoever wants to fool a reading of
the text can, by `getattr`, and then meets the jail.

Programs get the real modules, not facades that hand out what is on a list. Where the jail holds, a
facade would stop nothing that it does not stop (`tests/hostile/facades.py` goes round one in thirty
ways), and it could not replace it: public operators of PyTorch, given a bad index, reach memory
that is not theirs, so native code has to be reckoned with. Where the jail does not hold, a facade
would for the same reason not be enough to let strangers in. And it would cost lists to keep with
each version of PyTorch, private names and `__dict__` that lessons look at, and errors that are not
PyTorch's own.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from explorer.records import Failure
from explorer.unwarned import parsed

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
        "datetime",
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
        "unicodedata",
        "warnings",
        "weakref",
    }
)
"""Modules of Python that compute, and touch nothing else."""

LIBRARIES = frozenset({"torch", "numpy"})
"""numpy is in: its arrays come from tensors and go back, which learners do daily, and what it has
beyond computing, reading and writing files, ends at the jail as torch's own does."""

MODULES = PYTHON | LIBRARIES

_FILES = "Files are out of reach here: write the data into the program, as `torch.tensor([...])`."
_NETWORK = "The network is out of reach here: write the data into the program."
_WORKERS = "Leave it out, or write 0: a program has one process here."
_ALONE = "A program has one process and one thread here; leave that part out."
_DATA = "Make a small tensor with `torch.tensor` or `torch.randn` instead."
_PICTURE = "Leave the plotting out: the page draws the graph and its gradients itself."
_MODELS = "Write the model with `torch.nn`; a few small layers show the same gradients."
_CODE = "Write the code itself: every line is recorded as it stands."
_INSIDE = "Use what `torch` and Python's own `math` and `random` offer under their own names."
_SYSTEM = "Files and the rest of the computer are out of reach here: leave that part out."
_COLAB = "This is not Colab, and files are out of reach: write the data into the program."
_LOG = "Use `print`: what it prints stands below the code."
_BAR = "Leave the bar of progress out: loop over what it is given."
_STOPS = "Nobody can type while it runs; the table of lines shows what each line gave."
_TYPING = "Nobody can type while it runs: write the value into the program."

HINTS: Mapping[str, str] = {
    **dict.fromkeys(("pathlib", "shutil", "glob", "io", "tempfile"), _FILES),
    **dict.fromkeys(("pickle", "csv", "h5py", "gzip", "zipfile"), _FILES),
    **dict.fromkeys(("os", "sys", "platform", "argparse"), _SYSTEM),
    **dict.fromkeys(("google", "kaggle"), _COLAB),
    **dict.fromkeys(("logging", "wandb"), _LOG),
    "tqdm": _BAR,
    "pdb": _STOPS,
    **dict.fromkeys(("socket", "requests", "urllib", "http", "urllib3", "ssl"), _NETWORK),
    **dict.fromkeys(("threading", "multiprocessing", "subprocess", "asyncio", "signal"), _ALONE),
    **dict.fromkeys(("pandas", "sklearn", "scipy", "datasets", "PIL", "cv2"), _DATA),
    **dict.fromkeys(("matplotlib", "seaborn", "plotly", "IPython"), _PICTURE),
    **dict.fromkeys(("torchviz", "graphviz", "torchview", "torchsummary", "torchinfo"), _PICTURE),
    **dict.fromkeys(("torchvision", "torchaudio", "torchtext", "transformers", "timm"), _MODELS),
    **dict.fromkeys(("torchvision.datasets", "torchvision.transforms"), _DATA),
    "functorch": "It is a part of PyTorch now: write `torch.func` instead.",
    "torch.utils.benchmark": "Leave the timing out: it would measure the recording, too.",
    **dict.fromkeys(("lightning", "pytorch_lightning"), "Write the training loop itself."),
    **dict.fromkeys(("tensorflow", "keras", "jax"), "Write it with `torch`."),
    "torch.utils.tensorboard": _FILES,
    "torch.hub": _NETWORK,
    "torch.distributed": _ALONE,
    "torch.multiprocessing": _ALONE,
    "torch.utils.cpp_extension": "There is no compiler here; use a `torch.autograd.Function`.",
    "torch.utils.model_zoo": _MODELS,
    "torch.package": _FILES,
    "numpy.ctypeslib": _INSIDE,
    "numpy.f2py": "There is no compiler here; write it with `torch`.",
}
"""Module -> what to do without it."""

BEHIND = frozenset(
    {
        *("builtins", "ctypes", "glob", "importlib", "inspect", "io", "os", "pathlib", "pickle"),
        *("platform", "shutil", "socket", "subprocess", "sys", "tempfile", "threading"),
    }
)
"""Modules that others carry along as attributes, as in `torch.os`."""

COMPILERS = ("torch.compile", "torch.jit.script", "torch.jit.trace")
"""What turns a function or a module into one that runs without Python, so without lines."""

CLOSED: Mapping[str, str] = {
    "open": _FILES,
    **dict.fromkeys(("torch.load", "torch.save", "torch.from_file"), _FILES),
    **dict.fromkeys(("torch.jit.load", "torch.jit.save"), _FILES),
    **dict.fromkeys(("torch.PyTorchFileReader", "torch.PyTorchFileWriter"), _FILES),
    **dict.fromkeys(("torch.set_num_threads", "torch.set_num_interop_threads"), _ALONE),
    **dict.fromkeys(("numpy.load", "numpy.save", "numpy.savez", "numpy.memmap"), _FILES),
    **dict.fromkeys(("numpy.loadtxt", "numpy.savetxt", "numpy.genfromtxt"), _FILES),
    **dict.fromkeys(("numpy.fromfile", "numpy.savez_compressed"), _FILES),
    "input": _TYPING,
    "breakpoint": _TYPING,
    "eval": _CODE,
    "exec": _CODE,
    "compile": _CODE,
    "__import__": "Write an `import` statement.",
    **dict.fromkeys(COMPILERS, "There is no compiler here; without it the gradients are the same."),
}
"""Function -> what to do instead. Those without a dot are Python's, and may not be called."""

LONGEST_PATH = 8
"""Parts of a name that are read; torch's own have at most six."""

OTHERWISE = "Python's own modules that compute, numpy and all of torch can be imported."


class Finding(NamedTuple):
    """Something that does not run here."""

    line: int
    name: str
    hint: str


def refusal(source: str) -> Failure | None:
    """Why the program is not run, or None. A text that is not Python is left to the parser."""
    try:
        tree = parsed(source)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError):
        return Failure(
            kind="syntax",
            message="The program is nested too deeply for Python's parser.",
            hint="Split the long expression into several lines.",
        )
    found = min(findings(tree), default=None)
    if found is None:
        return None
    return Failure(
        kind="refused",
        message=f"This page runs PyTorch code only; `{found.name}` is not available.",
        line=found.line,
        hint=found.hint,
    )


def findings(tree: ast.AST) -> Iterator[Finding]:
    """All that does not run here, in no order."""
    nodes = list(ast.walk(tree))
    own = {name for node in nodes for name in _bound(node)}
    known = {name: path for node in nodes for name, path in _imported(node) if name not in own}
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from _modules(node.lineno, [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from _modules(node.lineno, [base] if base.startswith(".") else names)
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, known)
        elif isinstance(node, ast.Call):
            yield from _call(node, own, known)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that stand for a module or a part of one, and its full path."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.split(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _modules(line: int, names: list[str]) -> Iterator[Finding]:
    for name in names:
        top = name.split(".")[0]
        if top in MODULES and top not in HINTS:
            yield from _path(line, name)
        else:
            yield Finding(line, top or name, _instead(name) or _meant(top))


def _instead(path: str) -> str | None:
    """What to do without a module, by the longest beginning of its path that is known."""
    while path and path not in HINTS:
        path = path.rpartition(".")[0]
    return HINTS.get(path)


def _meant(module: str) -> str:
    if module in sys.stdlib_module_names:
        return OTHERWISE  # It is spelt as it was meant.
    like = get_close_matches(module, sorted(MODULES), 1, 0.75)
    return f"Did you mean `{like[0]}`?" if like else OTHERWISE


def _path(line: int, path: str) -> Iterator[Finding]:
    """What of an open module, or of its parts, is closed."""
    parts = path.split(".")
    starts = [".".join(parts[: end + 1]) for end in range(1, len(parts))]
    for start in starts:
        last = start.rsplit(".", 1)[1].lstrip("_")
        hint = HINTS.get(start) or CLOSED.get(start)
        if hint is None and last in BEHIND:
            hint = HINTS.get(last, _INSIDE)
        if hint:
            yield Finding(line, start, hint)
            return


def _attribute(node: ast.Attribute, known: Mapping[str, str]) -> Iterator[Finding]:
    name = _dotted(node)
    start, _, rest = name.partition(".")
    if start in known:
        yield from _path(node.lineno, f"{known[start]}.{rest}")


def _call(node: ast.Call, own: set[str], known: Mapping[str, str]) -> Iterator[Finding]:
    """A closed function of Python; what the program defines under its name is its own."""
    match node.func:
        case ast.Name(id=name) if name in CLOSED and name not in own and name not in known:
            yield Finding(node.lineno, f"{name}()", CLOSED[name])
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg == "num_workers" and isinstance(value, ast.Constant) and value.value:
            yield Finding(value.lineno, "num_workers", _WORKERS)


def _dotted(node: ast.expr) -> str:
    """ "open" or "torch.nn.Linear"; nothing for what has no such name, or one that never ends."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < LONGEST_PATH:
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that the program gives a meaning of its own."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg

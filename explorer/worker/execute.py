"""One program: run with everything recorded, and written down as a Trace."""

from __future__ import annotations

import builtins
import gc
import platform
import random
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from importlib.metadata import version
from types import ModuleType
from typing import Any

import torch

from explorer.records import FORMAT, Failure, Line, Program, TensorView, Trace
from explorer.wire import failed
from explorer.worker import automatic, derivatives, faults, stop
from explorer.worker.engine import Engine
from explorer.worker.forward import Origins
from explorer.worker.happenings import events, noticed
from explorer.worker.leaves import LeafTable
from explorer.worker.moves import Moves
from explorer.worker.names import PROGRAM_MODULE, Names
from explorer.worker.observe import Observer
from explorer.worker.passes import write
from explorer.worker.places import Visit
from explorer.worker.printed import MOST_PRINTED, Printed
from explorer.worker.recorder import FULL_LINES, FULL_VISITS, Recorder
from explorer.worker.scopes import Scopes
from explorer.worker.snapshots import Snapshots
from explorer.worker.taps import Tapped, tap
from explorer.worker.walk import release
from explorer.worker.witnesses import Witnesses

VERSIONS = {
    "python": platform.python_version(),
    "torch": str(torch.__version__),
    "torchviz": version("torchviz"),
}

FRAMES_MORE = 100
"""Deeper recursion that a program is allowed for the recorder's own frames."""

NOTHING = Failure(
    "refused",
    "There is nothing to run: the program is empty.",
    hint="Type some PyTorch, or choose an example.",
)


def execute(program: Program) -> Trace:
    """Runs a program in this process and tells everything; never raises for what it does."""
    if not program.source.strip():
        return failed(program, NOTHING)
    try:
        tapped = tap(program.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return failed(program, faults.of_text(error))
    return Run(program, tapped).trace()


class Run:
    """One program, from its first line to its Trace."""

    def __init__(self, program: Program, tapped: Tapped) -> None:
        self._program = program
        self._tapped = tapped
        self._module = ModuleType(PROGRAM_MODULE)
        self._snapshots = Snapshots()
        self._recorder = Recorder(tapped, self._snapshots)
        self._observer = Observer(self._recorder)
        self._scopes = Scopes()
        self._engine = Engine(program, self._recorder, self._observer, self._snapshots)
        self._moves = Moves(self._snapshots, self._wants_step, self._observer.away)
        self._printed = Printed(self._recorder.note_print)
        self._failure: Failure | None = None

    def trace(self) -> Trace:
        """Runs it, and writes down what was seen."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            start = time.perf_counter()
            self._run()
            seconds = time.perf_counter() - start
            return self._written(seconds)
        finally:
            self._let_go()
            if collecting:
                gc.enable()

    def _run(self) -> None:
        """The program, then the backward that it did not call."""
        namespace = self._module.__dict__
        namespace["__builtins__"] = builtins.__dict__ | self._recorder.taps()
        # `torch.manual_seed` also formats a stack trace for each accelerator that may come.
        torch.default_generator.manual_seed(self._program.seed)
        random.seed(self._program.seed)
        try:
            with self._surroundings():
                exec(self._tapped.code, namespace)
            if self._wants_backward():
                automatic.run(self._engine, self._program, namespace, self._recorder.result)
        except automatic.AskedError as error:
            self._failure = error.failure
        except BaseException as error:
            # What follows is the recorder's work, and may need what was kept back for it.
            stop.disarm()
            stop.release_reserve()
            self._fail(error)
        finally:
            stop.disarm()

    def _wants_step(self) -> bool:
        """Whether the pass before this step is the one to record in full."""
        return self._program.detail == len(self._engine.passes) - 1

    def _wants_backward(self) -> bool:
        """Whether the program left backward to the explorer, or was told where else to start."""
        asked = [taken.how for taken in self._engine.passes]
        return not asked or (self._program.root is not None and "backward" not in asked)

    def _fail(self, error: BaseException) -> None:
        """Notes an exception, and the graph that was built up to it."""
        self._failure = faults.of_exception(error, faults.line_of(error))
        frames = list(faults.program_frames(error.__traceback__))
        if frames:
            place = self._recorder.place_at(frames[-1][0], error)
            if place is not None:
                self._recorder.mark(*place)
        if not self._engine.passes:
            values = [pair for frame, _ in frames for pair in list(frame.f_locals.items())]
            found = automatic.last_made(values)
            if found is not None and found[1].grad_fn is not None:
                self._engine.unfinished(found[1])
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = error.__context__ = error.__cause__ = None

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        """Everything around a program that records it, and that is put back afterwards."""
        limit, main = sys.getrecursionlimit(), sys.modules.get(PROGRAM_MODULE)
        grad, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(self._printed))
            stack.enter_context(redirect_stderr(self._printed))
            stack.enter_context(_warnings_printed())
            stack.enter_context(self._scopes.watch())
            stack.enter_context(noticed(self._recorder, self._moves))
            stack.enter_context(self._engine.standing_in())
            sys.modules[PROGRAM_MODULE] = self._module
            sys.setrecursionlimit(limit + FRAMES_MORE)
            try:
                with self._observer.watching():
                    yield
            finally:
                sys.setrecursionlimit(limit)
                if main is not None:
                    sys.modules[PROGRAM_MODULE] = main
                torch.set_grad_enabled(grad)
                torch.set_default_dtype(dtype)

    def _written(self, seconds: float) -> Trace:
        """The Trace of what was seen."""
        self._recorder.finish()
        program, tapped = self._program, self._tapped
        names = Names(self._module.__dict__, self._recorder, tapped.loops)
        origins = Origins(program.source, tapped.functions, self._recorder, self._observer)
        witnesses = Witnesses(
            self._snapshots, self._recorder, self._observer, self._scopes, names, origins
        )
        with torch.no_grad():
            leaves = LeafTable(witnesses).rows(self._engine.passes)
            passes = tuple(write(witnesses, taken) for taken in self._engine.passes)
        return Trace(
            format=FORMAT,
            program=program,
            lines=tuple(self._line(visit) for visit in self._recorder.seen),
            passes=passes,
            leaves=leaves,
            events=events(self._recorder.happenings, origins, self._moves, names),
            printed=self._printed.text,
            seconds=seconds,
            versions=VERSIONS,
            failure=self._failure,
            notes=tuple(self._notes()),
            derivatives=derivatives.of_passes(passes),
        )

    def _line(self, visit: Visit) -> Line:
        names: dict[str, TensorView] = {}
        grad_fns: dict[str, str] = {}
        others: dict[str, str] = {}
        for name, ticket, grad_fn, text in visit.entries:
            view = self._snapshots.view(ticket)
            if view is not None:
                names[name] = view
            if grad_fn is not None:
                grad_fns[name] = grad_fn
            if text is not None:
                others[name] = text
        line = self._recorder.statements[visit.place.statement].span.line
        return Line(line, visit.place.visit, names, grad_fns, others, visit.printed)

    def _notes(self) -> Iterator[str]:
        """What was left out or decided for the reader."""
        if max(self._recorder.visits, default=0) > FULL_VISITS:
            yield (
                f"Of lines that ran more than {FULL_VISITS} times, the first {FULL_VISITS} visits"
                " and the last are listed."
            )
        elif len(self._recorder.seen) >= FULL_LINES:
            yield f"The first {FULL_LINES} visits of lines are listed, then only the last of each."
        if self._printed.cut:
            yield f"Printed text was cut after {MOST_PRINTED:,} characters."
        if not self._observer.complete:
            yield "The program is long: inputs and columns are recorded for its beginning only."
        kept = sum(taken.graph is not None for taken in self._engine.passes)
        if kept < self._engine.ran:
            yield f"{kept} of {self._engine.ran} backward passes are kept with their graphs."
        if self._snapshots.changed:
            yield "Some gradients were changed in place by the program; only their shape is shown."
        if self._program.root and any(one.how == "backward" for one in self._engine.passes):
            yield "The program calls backward() itself, so the chosen root was not used."

    def _let_go(self) -> None:
        """Frees the graphs; deep ones root first, when nothing of the program holds them."""
        self._module.__dict__.clear()
        self._recorder.result = None
        if self._engine.held:
            self._engine.forget()
            gc.collect()
            release(self._engine.held)


@contextmanager
def _warnings_printed() -> Iterator[None]:
    """Warnings are part of what a program prints, each in one line."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        first = next(iter(str(message).splitlines()), "")
        sys.stderr.write(f"{category.__name__}: {first}\n")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show
        yield

"""One program: run with everything recorded, and written down as a Trace."""

from __future__ import annotations

import gc
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from types import ModuleType

import torch
from msgspec.structs import replace

from explorer import alarms, failures
from explorer.hints import HINT, hints
from explorer.limits import Limits
from explorer.records import FORMAT, Failure, Program, Trace
from explorer.source import source_of
from explorer.wire import failed
from explorer.worker import automatic, derivatives, differences, faults, notes, stop
from explorer.worker.busiest import with_the_busiest_line
from explorer.worker.doctor.inlined import Inlined
from explorer.worker.doctor.scene import Scene
from explorer.worker.engine import Engine
from explorer.worker.forward import Origins
from explorer.worker.happenings import events, noticed
from explorer.worker.history import node_of
from explorer.worker.home import PROGRAM_MODULE, at_home, furnished
from explorer.worker.hooks import Hooks
from explorer.worker.leaves import LeafTable
from explorer.worker.line_records import line_records
from explorer.worker.moves import Moves
from explorer.worker.names import Names
from explorer.worker.observe import Observer
from explorer.worker.passes import write
from explorer.worker.printed import Printed, warnings_printed
from explorer.worker.recorder import Recorder
from explorer.worker.scopes import Scopes
from explorer.worker.snapshots import Snapshots
from explorer.worker.taking import Taking
from explorer.worker.taps import Tapped, tap
from explorer.worker.versions import VERSIONS
from explorer.worker.walk import release
from explorer.worker.witnesses import Witnesses

FRAMES_MORE = 100
"""Deeper recursion that a program is allowed for the recorder's own frames."""

USUAL = Limits()

NOTHING = Failure(
    "refused",
    "There is nothing to run: the program is empty.",
    hint="Type some PyTorch, or choose an example.",
)

kept: list[Run] = []
"""Alive until the process ends: freeing a deep graph takes long, and from its root it crashes."""


def execute(program: Program, limits: Limits = USUAL, *, last: bool = False) -> Trace:
    """Runs a program in this process and tells everything; never raises for what it does.

    Of the limits it keeps those of what is recorded, and names the others; the process is theirs.
    `last`: the process ends by `_exit` right after, so nothing of the program need be freed.
    """
    if not program.source.strip():
        return failed(program, NOTHING)
    try:
        tapped = tap(program.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return failed(program, faults.of_text(error, program.source))
    run = Run(program, tapped, limits)
    if last:
        kept.append(run)
        gc.disable()  # for good
        try:
            return run.trace()
        finally:
            run.forget()
    try:
        return run.trace()
    finally:
        run.let_go()


class Run:
    """One program, from its first line to its Trace."""

    def __init__(self, program: Program, tapped: Tapped, limits: Limits) -> None:
        self._program = program
        self._limits = limits
        self._tapped = tapped
        self._module = ModuleType(PROGRAM_MODULE)
        self._snapshots = Snapshots()
        self._recorder = Recorder(tapped, self._snapshots)
        self._observer = Observer(self._recorder)
        self._scopes = Scopes()
        self._inlined = Inlined(tapped.tree)
        self._hooks = Hooks(program.source, self._recorder, self._snapshots)
        self._taking = Taking(program, limits, self._recorder, self._snapshots, self._hooks)
        self._printed = Printed(self._recorder.note_print, limits.printed)
        self._engine = Engine(
            self._taking, self._recorder, self._observer, program.jacobian, self._printed.muted
        )
        self._moves = Moves(self._snapshots, self._wants_step, self._observer.away)
        self._failure: Failure | None = None

    def trace(self) -> Trace:
        """Runs it, and writes down what was seen."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            start, began = time.perf_counter(), time.process_time()
            self._run()
            seconds = time.perf_counter() - start
            try:
                trace = self._written(seconds)
            except MemoryError:
                return self._remains(seconds)
            return differences.checked(trace, self._limits, began) if self._program.check else trace
        finally:
            if collecting:
                gc.enable()

    def _run(self) -> None:
        """The program, then the backward that it did not call."""
        namespace = furnished(self._module, self._recorder.taps(), self._program.seed)
        try:
            with self._surroundings():
                if self._program.check:
                    torch.set_default_dtype(torch.float64)
                exec(self._tapped.code, namespace)
            if self._wants_backward():
                result, transforms = self._recorder.result, self._observer.transforms
                with redirect_stdout(self._printed), redirect_stderr(self._printed):
                    automatic.run(self._engine, self._program, namespace, result, transforms)
        except automatic.AskedError as error:
            self._failure = error.failure
            if self._failure is automatic.NOTHING:
                self._failure = faults.without_gradient(self._scene(error), self._failure)
        except BaseException as error:
            # What follows is the recorder's work, and may need what was kept back for it.
            stop.disarm()
            stop.release_reserve()
            self._fail(error)
        finally:
            stop.disarm()

    def _wants_step(self) -> bool:
        """Whether the pass before this step is the one to record in full."""
        return self._program.detail == len(self._taking.passes) - 1

    def _wants_backward(self) -> bool:
        """Whether the program left backward to the explorer, or was told where else to start."""
        asked = [taken.how for taken in self._taking.passes]
        return not asked or (self._program.root is not None and "backward" not in asked)

    def _fail(self, error: BaseException) -> None:
        """Notes an exception, and the graph that was built up to it, if there is memory for it."""
        try:
            self._note(error)
        except MemoryError:
            if self._failure is None:
                line = faults.line_of(error)
                self._failure = faults.of_exception(error, line, limits=self._limits)
        if self._failure is not None:
            self._failure = with_the_busiest_line(
                self._failure, self._recorder, self._program.source
            )
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = error.__context__ = error.__cause__ = None

    def _note(self, error: BaseException) -> None:
        frames = list(faults.program_frames(error.__traceback__))
        if frames:
            place = self._recorder.where.left(frames[-1][0], error)
            if place is not None:
                self._recorder.mark(*place)
        if not self._taking.passes:
            values = [pair for frame, _ in frames for pair in list(frame.f_locals.items())]
            values += self._inlined.at(faults.innermost(error.__traceback__)).items()
            found = automatic.last_made(values)
            if found is not None and node_of(found[1]) is not None:
                self._engine.unfinished(*found)
        scene, line = self._scene(error), faults.line_of(error)
        self._failure = faults.of_exception(error, line, scene, self._limits)

    def _scene(self, error: BaseException) -> Scene:
        """Everything that can tell why."""
        source, tapped = self._program.source, self._tapped
        witnesses = (self._recorder, self._observer, self._scopes, self._taking)
        origins = Origins(source, tapped.functions, self._recorder, self._observer)
        scene = Scene(source_of(source), witnesses, origins, self._module.__dict__, tapped.loops)
        scene.enter(error.__traceback__, self._inlined)
        return scene

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        """Everything around a program that records it, and that is put back afterwards."""
        limit = sys.getrecursionlimit()
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(self._printed))
            stack.enter_context(redirect_stderr(self._printed))
            stack.enter_context(warnings_printed())
            stack.enter_context(self._scopes.watch())
            stack.enter_context(noticed(self._recorder, self._moves))
            stack.enter_context(self._hooks.watching())
            stack.enter_context(self._engine.standing_in())
            stack.enter_context(at_home(self._module))
            sys.setrecursionlimit(self._limits.recursion + FRAMES_MORE)
            try:
                with self._observer.watching(), self._inlined.watching():
                    yield
            finally:
                sys.setrecursionlimit(limit)

    def _written(self, seconds: float) -> Trace:
        """The Trace of what was seen."""
        stop.release_reserve()
        self._recorder.finish()
        program, tapped = self._program, self._tapped
        names = Names(self._module.__dict__, self._recorder, tapped.loops)
        origins = Origins(program.source, tapped.functions, self._recorder, self._observer)
        witnesses = Witnesses(
            self._snapshots,
            self._recorder,
            self._observer,
            self._scopes,
            names,
            origins,
            self._taking.made,
        )
        with torch.no_grad():
            leaves = LeafTable(witnesses).rows(self._taking.passes)
            passes = tuple(write(witnesses, taken) for taken in self._taking.passes)
        told = events(self._recorder.ledger.happenings, origins, self._moves, names)
        parameters = {name for name, one in names.tensors() if isinstance(one, torch.nn.Parameter)}
        lines = line_records(self._recorder, self._snapshots)
        trace = Trace(
            format=FORMAT,
            program=program,
            lines=lines,
            passes=passes,
            leaves=leaves,
            events=told,
            printed=self._printed.text,
            seconds=seconds,
            versions=VERSIONS,
            failure=self._failure,
            alarm=alarms.first(passes, lines),
            notes=(
                *notes.of_limits(self._recorder, self._observer, self._printed.cut, self._limits),
                *notes.of_passes(program, self._taking, self._snapshots),
                *notes.of_functions(self._engine, self._observer),
            ),
            derivatives=derivatives.of_passes(passes),
        )
        return _with_hints(trace, parameters)

    def _remains(self, seconds: float) -> Trace:
        """The Trace without its graphs, which take more memory than is left."""
        failure = self._failure or failures.memory(self._limits)
        told = with_the_busiest_line(failure, self._recorder, self._program.source)
        return replace(
            failed(self._program, told),
            lines=line_records(self._recorder, self._snapshots),
            printed=self._printed.text,
            seconds=seconds,
            versions=VERSIONS,
        )

    def forget(self) -> None:
        """Makes room for writing the Trace down: what recording took, but for graphs."""
        self._taking.forget()
        self._snapshots.forget()

    def let_go(self) -> None:
        """Frees the graphs; deep ones root first, when nothing of the program holds them."""
        self._module.__dict__.clear()
        self._recorder.result = None
        if self._taking.held:
            self._taking.forget()
            gc.collect()
            release(self._taking.held)


def _with_hints(trace: Trace, parameters: set[str]) -> Trace:
    """The Trace with what is probably not meant, before its other notes."""
    found = {f"{HINT}{one.words}": one.fix for one in hints(trace, parameters)}
    fixes = {words: fix for words, fix in found.items() if fix is not None}
    return replace(trace, notes=(*found, *trace.notes), fixes=fixes)

"""Every call of the engine during a run: `backward` and `autograd.grad`, watched from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch._C._functorch import is_functorch_wrapped_tensor

from explorer.worker import jacobians
from explorer.worker.gradchecks import GradChecks
from explorer.worker.observe import Observer
from explorer.worker.recorder import Recorder, next_number
from explorer.worker.taken import Made, Taken
from explorer.worker.taking import Taking

Call = Callable[..., Any]

BATCHED = (
    "autograd.grad with is_grads_batched runs many gradients through the graph at once: its results"
    " are in the lines, but there is no single pass to draw."
)


BACKWARD_INSIDE = (
    "A checkpoint or a hook called backward inside this pass: what that brought to leaves is in"
    " their .grad, but its steps are not among these."
)


class Engine:
    """Stands in for `torch.autograd.backward` and `grad` during a run."""

    def __init__(
        self,
        taking: Taking,
        recorder: Recorder,
        observer: Observer,
        jacobian: bool,
        muted: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._jacobian = jacobian
        self._muted = muted
        self.undrawn: dict[str, None] = {}
        """Sentences about calls that leave nothing to draw."""
        self.checks = GradChecks(observer)
        self._taking = taking
        self._recorder = recorder
        self._observer = observer
        self._backward = torch.autograd.backward
        self._grad = torch.autograd.grad
        self._depth = 0
        self._at_work: Taken | None = None
        """The pass that is running."""

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """PyTorch's entrances lead here meanwhile."""

        def backward(tensors: Any, grad_tensors: Any = None, *args: Any, **kwargs: Any) -> None:
            tensors = _lasting(tensors)
            if self._depth or not _can_watch(tensors) or self.checks.skips():
                with self._apart(BACKWARD_INSIDE):
                    self._backward(tensors, grad_tensors, *args, **kwargs)
            else:
                self._run_backward(tensors, grad_tensors, args, kwargs)

        def grad(
            outputs: Any, inputs: Any, grad_outputs: Any = None, *args: Any, **kwargs: Any
        ) -> Any:
            # Behind `retain_graph`, `create_graph`, `only_inputs` and `allow_unused`.
            batched = kwargs.get("is_grads_batched", args[4] if len(args) > 4 else False)
            outputs = _lasting(outputs)
            if batched:
                self.undrawn[BATCHED] = None
            if self._depth or batched or not _can_watch(outputs) or self.checks.skips():
                with self._apart():
                    return self._grad(outputs, inputs, grad_outputs, *args, **kwargs)
            return self._run_grad(outputs, inputs, grad_outputs, args, kwargs)

        torch.autograd.backward, torch.autograd.grad = backward, grad
        try:
            with self.checks.standing_in():
                yield
        finally:
            torch.autograd.backward, torch.autograd.grad = self._backward, self._grad

    def automatic(self, name: str, root: torch.Tensor, v: torch.Tensor | None, note: str) -> None:
        """The backward that the program did not call."""
        self._recorder.ledger.look()
        taken = self._taking.take("automatic", [root], [v], None)
        taken.start = name or None
        taken.note = f"{note} {taken.note}" if taken.note else note
        self._note_jacobians(taken, [root])
        self._watched(taken, False, lambda: self._backward(root, v))

    def unfinished(self, name: str, root: torch.Tensor) -> None:
        """The graph behind a tensor, without a pass."""
        self._taking.take("unfinished", [root], [None], None).start = name

    def _run_backward(
        self, tensors: Any, grad_tensors: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if grad_tensors is None:
            grad_tensors = kwargs.pop("grad_variables", None)
        roots, vectors = listed(tensors), listed(grad_tensors)
        place = self._recorder.running()
        self._recorder.ledger.look()
        taken = self._taking.take("backward", roots, vectors, place)
        given = vectors if grad_tensors is not None else None
        if self._jacobian:
            self._note_jacobians(taken, roots)
        creates = _creates_graph(args, kwargs)
        self._watched(taken, creates, lambda: self._backward(tensors, given, *args, **kwargs))

    def _run_grad(
        self, outputs: Any, inputs: Any, vectors: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        own, roots = listed(vectors), listed(outputs)
        self._recorder.ledger.look()
        taken = self._taking.take("grad", roots, own, self._recorder.running())
        if self._jacobian:
            self._note_jacobians(taken, roots)
        given = own if vectors is not None else None
        creates = _creates_graph(args, kwargs)
        return self._watched(
            taken, creates, lambda: self._grad(outputs, inputs, given, *args, **kwargs)
        )

    def _note_jacobians(self, taken: Taken, roots: list[torch.Tensor]) -> None:
        """The Jacobians of a pass that is about to run, where they are small."""
        if len(roots) != 1 or not jacobians.suits(roots[0], taken.leaves, taken.node_count):
            return
        self._depth += 1
        try:
            with self._observer.away(), self._muted():
                taken.jacobians = jacobians.of(roots[0], taken.leaves)
        except Exception as error:  # Own Functions and hooks run once more, and may not like it.
            said = str(error).partition("\n")[0]
            taken.note = f"{taken.note or ''} The Jacobian could not be computed: {said}".strip()
        finally:
            self._depth -= 1

    @contextmanager
    def _apart(self, note: str | None = None) -> Iterator[None]:
        """A run inside another one, by a hook or a checkpoint: its steps are not the other's."""
        taken = self._at_work
        if taken is None or taken.watch is None:
            yield
            return
        if note is not None and note not in (taken.note or ""):
            taken.note = f"{taken.note} {note}" if taken.note else note
        with taken.watch.asleep():
            yield

    def _watched(self, taken: Taken, creates_graph: bool, run: Call) -> Any:
        """Runs the engine with hooks on the nodes of the pass."""
        start = next_number()
        self._depth += 1
        self._at_work = taken
        self._recorder.ledger.passing = taken.grads
        try:
            if taken.watch is None:
                return run()
            with taken.watch.hooked(creates_graph), self._observer.away():
                return run()
        except BaseException:
            _stopped(taken)
            raise
        finally:
            self._depth -= 1
            self._at_work = None
            self.checks.told()
            taken.note_freed()
            self._recorder.ledger.look()
            self._recorder.ledger.passing = None
            if taken.graph is not None and taken.graph not in self._taking.held:
                taken.graph.nodes.clear()
            if next_number() != start:
                self._taking.made.append(Made(start, next_number(), taken))


def _stopped(taken: Taken) -> None:
    """Says how far a pass came that ended in an error."""
    taken.stopped = True
    steps = len(taken.watch.steps) if taken.watch is not None else 0
    if taken.watch is not None and taken.watch.order_only:
        taken.note = f"{taken.note} backward stopped with an error; it is not known where."
    elif steps:
        taken.note = f"backward stopped with an error after {steps} of {taken.node_count} nodes."
    else:
        taken.how, taken.note = (
            "unfinished",
            "backward stopped with an error before its first node.",
        )


def _can_watch(roots: Any) -> bool:
    """Whether PyTorch will accept the roots; if not, it says why better than anyone else."""
    given = listed(roots)
    return bool(given) and all(
        isinstance(root, torch.Tensor)
        and not is_functorch_wrapped_tensor(root)
        and root.requires_grad
        for root in given
    )


def _creates_graph(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """The argument of that name, of `backward` and of `grad`, behind `retain_graph` in both."""
    return bool(kwargs.get("create_graph", args[1] if len(args) > 1 else False))


def _lasting(tensors: Any) -> Any:
    """What can be looked at more than once: PyTorch also takes generators."""
    return tuple(tensors) if isinstance(tensors, Iterator) else tensors


def listed(tensors: Any) -> list[Any]:
    """Tensors as PyTorch takes them, one, several or None, as a list."""
    if tensors is None:
        return []
    return [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)

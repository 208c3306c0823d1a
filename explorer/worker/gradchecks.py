"""`gradcheck` runs the engine thousands of times to compare it with finite differences.

The first of these passes is told, like any other. If all were, there would be no room for those
that the program is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import torch

from explorer.worker import stop
from explorer.worker.observe import Observer

Check = Callable[..., Any]

NAMES = ("gradcheck", "gradgradcheck")


class GradChecks:
    """Stands in for `torch.autograd.gradcheck` and `gradgradcheck` during a run."""

    def __init__(self, observer: Observer) -> None:
        self.untold = 0
        """Passes that were not told."""
        self._observer = observer
        self._around: ExitStack | None = None
        """The check that is at work, until it ends."""
        self._told = False
        """Whether it has had its pass."""

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """PyTorch's names lead here meanwhile."""
        originals = {name: getattr(torch.autograd, name) for name in NAMES}
        for name, original in originals.items():
            setattr(torch.autograd, name, self._watched(original))
        try:
            yield
        finally:
            for name, original in originals.items():
                setattr(torch.autograd, name, original)

    def skips(self) -> bool:
        """Whether the run of the engine that is to begin is one more of a check."""
        if self._around is None or not self._told:
            return False
        self.untold += 1
        stop.check()
        return True

    def told(self) -> None:
        """A pass has been told; if it was one of a check, what follows is more of the same."""
        if self._around is not None and not self._told:
            self._told = True
            self._around.enter_context(self._observer.away())

    def note(self) -> str | None:
        """What a reader should know."""
        if not self.untold:
            return None
        return (
            f"gradcheck called backward {self.untold:,} times more, to compare it with finite"
            " differences: of each check the first pass is shown."
        )

    def _watched(self, original: Check) -> Check:
        @wraps(original)
        def check(*args: Any, **kwargs: Any) -> Any:
            if self._around is not None:
                return original(*args, **kwargs)
            with ExitStack() as self._around:
                self._told = False
                try:
                    return original(*args, **kwargs)
                finally:
                    self._around = None

        return check

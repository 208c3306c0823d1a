"""What each line gave: names, shapes, values, grad_fn, printed text."""

from __future__ import annotations

from explorer.canvas import mount_lines
from explorer.panels import memory
from explorer.records import Trace


def show(trace: Trace | None) -> None:
    """The lines of this run as far as it came, else those of the graph on the page."""
    if trace is not None and trace.lines:
        mount_lines(trace, memory.run(), key="lines")
    elif known := memory.shown():
        mount_lines(*known, key="lines")

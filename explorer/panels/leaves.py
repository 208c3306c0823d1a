"""The gradients of all leaves, following the replay of the graph above, and small Jacobians."""

from __future__ import annotations

from explorer.canvas import mount_leaves
from explorer.panels import jacobian, memory


def show() -> None:
    """The leaves that belong to the graph on the screen."""
    if known := memory.shown():
        mount_leaves(*known, key="leaves")
        jacobian.show()

"""The process that has loaded PyTorch and forks one worker per run; it never sees a user's byte.

Started by name, fresh, with an empty environment and one thread. It ends when its control socket
does, and its workers with it. Run as `python -m explorer.worker.zygote DESCRIPTOR LIMITS`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from explorer.control import MESSAGE_BYTES, Ask, Ended, Ready, Report, Start, Why, read_order, write
from explorer.limits import Limits
from explorer.worker import child
from explorer.worker.jail import Jail, close_to_others
from explorer.worker.pages import use_large_pages
from explorer.worker.probe import probe
from explorer.worker.warm import warm

STACK_MB = 64
"""Room for freeing deep graphs, which recurses in C; 8 MB end at about 40,000 nodes."""


LAST_WORD = 0.5
"""Seconds for an overdue worker to write down its line."""


class Run(NamedTuple):
    """A worker that is not reaped yet."""

    run: int
    deadline: float
    why: Why | None = None


class Zygote:
    """The workers alive, and the server's orders."""

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control = control
        self._limits = limits
        self._jail = Jail(limits)
        self._runs: dict[int, Run] = {}

    def announce(self, seconds: float) -> None:
        """Tells the server that workers can be had, and what the jail holds."""
        held = probe(self._jail, self._limits)
        self._say(Ready(layers=self._jail.layers, held=held, seconds=seconds))

    def serve(self) -> None:
        """Follows orders until the server is gone, then takes all workers along."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            children = _news_of_children()
            selector.register(children, selectors.EVENT_READ)
            open_for_orders = True
            while open_for_orders:
                for key, _ in selector.select(self._until_deadline()):
                    if key.fileobj is self._control:
                        open_for_orders = self._follow_order()
                    else:
                        children.recv(MESSAGE_BYTES)
                self._end_overdue()
                self._reap()
        for pid in self._runs:
            self._kill(pid, "closing")

    def _follow_order(self) -> bool:
        """One message; False at the end of all."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 2)
        except OSError:
            return False
        if not message:
            return False
        order = read_order(message)
        if isinstance(order, Start):
            self._fork(order.run, descriptors)
        else:
            for pid in [pid for pid, one in self._runs.items() if one.run == order.run]:
                if isinstance(order, Ask):
                    os.kill(pid, signal.SIGUSR1)  # Ours and not reaped, as in `_kill`.
                else:
                    self._kill(pid, order.why)
        return True

    def _fork(self, run: int, descriptors: list[int]) -> None:
        answer, complaints = descriptors
        try:
            pid = os.fork()
        except OSError:
            self._say(Ended(run=run, code=os.EX_OSERR))
        else:
            if pid == 0:
                child.serve(answer, complaints, self._jail, self._limits)
            self._runs[pid] = Run(run, time.monotonic() + self._limits.hard_wall)
        os.close(answer)
        os.close(complaints)

    def _kill(self, pid: int, why: Why) -> None:
        """Safe: the worker is ours and not reaped, so its id is not another's."""
        one = self._runs[pid]
        self._runs[pid] = one._replace(why=one.why or why, deadline=float("inf"))
        os.kill(pid, signal.SIGKILL)

    def _until_deadline(self) -> float | None:
        nearest = min((one.deadline for one in self._runs.values()), default=float("inf"))
        return None if nearest == float("inf") else max(0.0, nearest - time.monotonic())

    def _end_overdue(self) -> None:
        """Asks once for the last line, as the kernel's own limit on time does, then kills."""
        now = time.monotonic()
        for pid, one in self._runs.items():
            if one.deadline > now:
                continue
            if one.why is None:
                self._runs[pid] = one._replace(why="time", deadline=now + LAST_WORD)
                os.kill(pid, signal.SIGXCPU)
            else:
                self._kill(pid, one.why)

    def _reap(self) -> None:
        """Takes leave of workers that ended, so that no zombie stays."""
        while self._runs:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            one = self._runs.pop(pid)
            self._say(
                Ended(
                    run=one.run,
                    signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                    code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
                    seconds=usage.ru_utime + usage.ru_stime,
                    why=one.why,
                )
            )

    def _say(self, report: Report) -> None:
        with contextlib.suppress(OSError):  # The server is gone; the next order says so.
            self._control.send(write(report))


def _news_of_children() -> socket.socket:
    """Becomes readable whenever a worker ends."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(far.detach(), warn_on_full_buffer=False)
    return near


def _prepare() -> None:
    """What the workers inherit from this process."""
    with contextlib.suppress(OSError):
        # When memory runs out, the kernel shall end a worker, not the server.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    close_to_others()
    # Ctrl-C is the server's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    if most == resource.RLIM_INFINITY or most > STACK_MB << 20:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK_MB << 20, most))


def main() -> None:
    """Loads PyTorch, then serves until the server is gone."""
    began = time.monotonic()
    control = socket.socket(fileno=int(sys.argv[1]))
    limits = msgspec.json.decode(sys.argv[2], type=Limits)
    _prepare()
    warm()
    threads = list(Path("/proc/self/task").iterdir())
    if len(threads) > 1:
        raise RuntimeError(f"{len(threads)} threads run; only a process with one can be forked")
    os.chdir("/")
    os.environ.clear()
    # Workers shall not copy pages only because the collector looks at them.
    gc.collect()
    gc.freeze()
    use_large_pages()
    zygote = Zygote(control, limits)
    zygote.announce(time.monotonic() - began)
    zygote.serve()
    # Nothing is left to do, and taking PyTorch down in order could still hang.
    os._exit(0)


if __name__ == "__main__":
    main()

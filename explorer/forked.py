"""Workers forked from one process that has loaded PyTorch, which is restarted when it dies."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import subprocess
import threading
import time
from collections.abc import Callable

from explorer.control import MESSAGE_BYTES, Ask, Ended, Ready, Start, Stop, Why, read_report, write
from explorer.limits import Limits
from explorer.processes import (
    COMPLAINTS,
    LOADING,
    SLACK,
    TICK,
    NoWorkerError,
    Outcome,
    clean_environment,
    command,
    limits_word,
    start_folder,
)
from explorer.progress import latest

GIVE_UP = 3
"""Starts in a row that may fail before runs are refused at once."""

LONGEST_PAUSE = 30.0
"""Seconds between two attempts to start, at most."""

CHUNK = 1 << 18

log = logging.getLogger(__name__)


class Zygote:
    """The process that has loaded PyTorch (`worker/zygote.py`), and the runs in flight."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._changed = threading.Condition()
        self._active: dict[int, ForkedWorker] = {}
        self._runs = 0
        self._failed_starts = 0
        self._closing = False
        self._ready: Ready | None = None
        self._start()

    @property
    def pid(self) -> int:
        """Process id of the present one."""
        return self._process.pid

    def begin(self) -> ForkedWorker:
        """A fresh worker; blocks while PyTorch loads, raises NoWorkerError."""
        ready = self.ready(LOADING)
        answer, far_answer = socket.socketpair()
        complaints, far_complaints = socket.socketpair()
        with self._changed, far_answer, far_complaints:
            self._runs += 1
            worker = ForkedWorker(self, self._runs, (answer, complaints), self._limits)
            if ready is None or self._closing:
                worker.close()
                raise NoWorkerError("PyTorch's process does not start.")
            self._active[worker.run] = worker
            try:
                far_ends = [far_answer.fileno(), far_complaints.fileno()]
                socket.send_fds(self._control, [write(Start(worker.run))], far_ends)
            except OSError:
                self._active.pop(worker.run).gone(None)
        return worker

    def ready(self, seconds: float) -> Ready | None:
        """What is known of the jail, waiting for it so long at most."""
        with self._changed:
            self._changed.wait_for(self._decided, seconds)
            return self._ready

    def stop(self, run: int, why: Why) -> None:
        """Has the worker of a run killed."""
        with contextlib.suppress(OSError):  # Then the process is dead, and its workers with it.
            self._control.send(write(Stop(run, why)))

    def ask(self, run: int) -> None:
        """Has the program of a run stopped at its line."""
        with contextlib.suppress(OSError):
            self._control.send(write(Ask(run)))

    def kill(self) -> None:
        """Kills the process and by that all its workers; it starts again by itself."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and all its workers, for good."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            listener = self._listener
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        listener.join(SLACK)

    def _decided(self) -> bool:
        return self._ready is not None or self._closing or self._failed_starts >= GIVE_UP

    def _start(self) -> None:
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._process = subprocess.Popen(
                command("zygote", str(far.fileno()), limits_word(self._limits)),
                pass_fds=[far.fileno()],
                env=clean_environment(),
                cwd=start_folder(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Ctrl-C in the terminal is the server's; the end of its socket ends the zygote.
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, name="zygote", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Hears the process until it ends; then whoever waits is told, and another is started."""
        with contextlib.suppress(OSError):
            while message := self._control.recv(MESSAGE_BYTES):
                self._hear(read_report(message))
        self._process.kill()
        self._process.wait()
        with self._changed:
            self._failed_starts = 0 if self._ready else self._failed_starts + 1
            self._ready = None
            self._control.close()
            for worker in self._active.values():
                worker.gone(None)
            self._active.clear()
            self._changed.notify_all()
            pause = min(LONGEST_PAUSE, 2.0**self._failed_starts - 1)
            if not self._changed.wait_for(lambda: self._closing, pause):
                self._start()

    def _hear(self, report: Ready | Ended) -> None:
        with self._changed:
            if isinstance(report, Ready):
                self._ready, self._failed_starts = report, 0
                _log_locks(report)
            elif worker := self._active.pop(report.run, None):
                worker.gone(report)
            self._changed.notify_all()


class ForkedWorker:
    """One forked process: two sockets to it, and news of its end from the zygote."""

    def __init__(
        self, zygote: Zygote, run: int, sockets: tuple[socket.socket, socket.socket], limits: Limits
    ) -> None:
        self.run = run
        self._zygote = zygote
        self._answer, self._complaints = sockets
        self._longest = limits.hard_wall + SLACK
        self._largest = limits.record_bytes
        self._gone = threading.Event()
        self.reached = 0
        self._ended: Ended | None = None

    def answer(self, program: bytes, tick: Callable[[], None]) -> Outcome:
        """Runs the program; blocks, and calls `tick` every TICK seconds."""
        with self._answer, self._complaints:
            with contextlib.suppress(OSError):  # A worker that died early is told by its end.
                self._answer.sendall(program)
                self._answer.shutdown(socket.SHUT_WR)
            answer, complaints = self._read(tick)
        if answer is not None:
            self.stop("answered")
            return Outcome(answer, None, complaints)
        self.wait_gone()
        return Outcome(None, self._ended, complaints)

    def stop(self, why: Why) -> None:
        """Kills the process; harmless when it is gone. From any thread."""
        self._zygote.stop(self.run, why)

    def ask(self) -> bool:
        """Asks for what there is by now, as an answer."""
        self._zygote.ask(self.run)
        return True

    def wait_gone(self) -> None:
        """Blocks until the process is gone."""
        if not self._gone.wait(self._longest):
            self._zygote.kill()
            self._gone.wait(SLACK)

    def gone(self, ended: Ended | None) -> None:
        """The process was reaped, or lost together with the zygote (None)."""
        self._ended = ended
        self._gone.set()

    def close(self) -> None:
        """Closes both sockets of a worker that never began."""
        self._answer.close()
        self._complaints.close()

    def _read(self, tick: Callable[[], None]) -> tuple[bytes | None, bytes]:
        """The answer up to its newline, or None; and what was written to stderr by then."""
        answer, complaints = bytearray(), bytearray()
        give_up = time.monotonic() + self._longest
        with selectors.DefaultSelector() as selector:
            selector.register(self._answer, selectors.EVENT_READ, answer)
            selector.register(self._complaints, selectors.EVENT_READ, complaints)
            while selector.get_map() and time.monotonic() < give_up:
                _receive(selector)
                self.reached = latest(complaints) or self.reached
                del complaints[COMPLAINTS:]
                if answer.endswith(b"\n"):
                    return bytes(answer), bytes(complaints)
                if len(answer) > self._largest:
                    self.stop("output")
                    break
                tick()
        return None, bytes(complaints)


def _log_locks(ready: Ready) -> None:
    """Which locks there are; louder when one is missing."""
    on = [name for name, there in ready.layers.items() if there]
    off = [name for name, there in ready.layers.items() if not there]
    passed = [name for name, held in ready.held.items() if not held]
    level = logging.WARNING if off or passed else logging.INFO
    words = [", ".join(names) or "nothing" for names in (on, off, passed)]
    log.log(level, "jail: %s; missing: %s; a program could: %s", *words)


def _receive(selector: selectors.BaseSelector) -> None:
    """Whatever came within one tick, each into its own buffer; forgets sockets that ended."""
    for key, _ in selector.select(TICK):
        source = key.fileobj
        assert isinstance(source, socket.socket)
        try:
            chunk = source.recv(CHUNK)
        except OSError:
            chunk = b""
        key.data.extend(chunk)
        if not chunk:
            selector.unregister(source)

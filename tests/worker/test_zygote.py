"""The process that forks workers: what it passes on, what it keeps to itself, how it goes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from explorer.control import MESSAGE_BYTES, Ended, Order, Ready, Start, Stop, read_report, write
from explorer.limits import Limits
from explorer.processes import clean_environment, command, limits_word, start_folder
from explorer.records import Program
from explorer.runner import Runner
from explorer.wire import decode, encode

LIMITS = Limits(seconds=1, memory_mb=256, gate=False)


class Zygote:
    """The process itself, spoken to by hand."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self.control = control
        self.process = process

    def hear(self) -> Ready | Ended:
        return read_report(self.control.recv(MESSAGE_BYTES))

    def order(self, order: Order, *descriptors: int) -> None:
        socket.send_fds(self.control, [write(order)], descriptors)

    def begin(self, run: int) -> tuple[socket.socket, socket.socket]:
        answer, far_answer = socket.socketpair()
        complaints, far_complaints = socket.socketpair()
        with far_answer, far_complaints:
            self.order(Start(run=run), far_answer.fileno(), far_complaints.fileno())
        return answer, complaints


@contextmanager
def zygote() -> Iterator[Zygote]:
    control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        far,
        control,
        subprocess.Popen(
            command("zygote", str(far.fileno()), limits_word(LIMITS)),
            pass_fds=[far.fileno()],
            env=clean_environment(),
            cwd=start_folder(),
        ) as process,
    ):
        far.close()
        yield Zygote(control, process)
        control.close()
        process.wait(20)


def test_it_answers_a_run_and_reports_its_end() -> None:
    with zygote() as one:
        assert isinstance(one.hear(), Ready)
        answer, complaints = one.begin(7)
        with answer, complaints:
            program = Program(source="print('here')")
            answer.sendall(encode(program))
            answer.shutdown(socket.SHUT_WR)
            text = answer.makefile("rb").read()
        assert decode(text).program == program
        ended = one.hear()
        assert isinstance(ended, Ended)
        assert (ended.run, ended.signal, ended.code, ended.why) == (7, 0, 0, None)


def test_it_kills_on_order_and_says_why() -> None:
    with zygote() as one:
        one.hear()
        answer, complaints = one.begin(1)
        with answer, complaints:
            one.order(Stop(run=1, why="replaced"))
            one.order(Stop(run=99, why="replaced"))
            ended = one.hear()
        assert isinstance(ended, Ended)
        assert (ended.run, ended.why) == (1, "replaced")


def test_it_ends_with_its_control_socket_and_takes_its_workers_along() -> None:
    with zygote() as one:
        one.hear()
        answer, complaints = one.begin(1)
        with answer, complaints:
            one.control.close()
            assert answer.recv(1) == b""
            assert one.process.wait(20) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into it")
def test_it_never_holds_a_byte_of_a_program(runner: Runner) -> None:
    """The next user's worker is a copy of its memory."""
    secret = "never-" + os.urandom(8).hex()
    assert runner.run(Program(source=f"print('{secret}')")).printed == secret + "\n"
    found = Counter[bytes]()
    words = secret.encode(), b"explorer.worker"
    regions = Path(f"/proc/{runner.pid}/maps").read_text().splitlines()
    with open(f"/proc/{runner.pid}/mem", "rb", buffering=0) as memory:  # noqa: PTH123
        for region in regions:
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", region).groups()  # type: ignore[union-attr]
            if "w" not in rights:
                continue
            memory.seek(int(start, 16))
            block = memory.read(int(end, 16) - int(start, 16))
            found.update({word: block.count(word) for word in words})
    assert found[words[0]] == 0
    assert found[words[1]] > 0


def test_limits_travel_as_one_word() -> None:
    assert msgspec.json.decode(limits_word(LIMITS), type=Limits) == LIMITS

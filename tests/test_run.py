"""Real processes: whatever a program does, there is a Trace, and the next run is not touched."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explorer import run as module
from explorer.limits import Limits
from explorer.records import Failure, Program, Trace
from explorer.runner import Runner
from explorer.training import rounds
from explorer.wire import encode

TOP = Path(__file__).parent.parent
HONEST = (
    "import torch\nw = torch.tensor([1.0, 2.0], requires_grad=True)\n(w * w).sum().backward()\n"
)
ENDLESS = "x = 0\nwhile True:\n    x = x + 1\n"
SOON = 20.0
"""Seconds in which a state must come about; tests wait for the state, not for the time."""


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.01)


def failure_of(runner: Runner, source: str) -> Failure:
    failure = runner.run(Program(source=source)).failure
    assert failure is not None
    return failure


def gradient(trace: Trace) -> object:
    assert trace.failure is None, trace.failure
    (leaf,) = trace.leaves
    assert leaf.grad is not None
    return leaf.grad.values


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors(pid: int | str) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_mb(pid: int | str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) >> 10


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@contextlib.contextmanager
def runner_with(**limits: object) -> Iterator[Runner]:
    runner = Runner(Limits(**{"gate": False, **limits}))  # type: ignore[arg-type]
    try:
        yield runner
    finally:
        runner.close()


def test_a_program_gives_its_trace(runner: Runner) -> None:
    program = Program(source=HONEST)
    trace = runner.run(program)
    assert trace.program == program
    assert gradient(trace) == (2.0, 4.0)


def test_what_the_worker_wrote_need_not_be_written_again(runner: Runner) -> None:
    for _ in range(2):  # run, and kept
        ticket = runner.submit(Program(source=HONEST + "# as text\n"), "reader")
        trace = ticket.wait()
        assert trace is not None
        assert ticket.text is not None
        assert ticket.text.strip() == encode(trace)


def test_an_endless_loop_becomes_a_timeout_with_its_line_and_what_it_did(runner: Runner) -> None:
    trace = runner.run(Program(source=HONEST + ENDLESS))
    assert trace.failure is not None
    assert trace.failure.kind == "timeout"
    assert trace.failure.line in {5, 6}
    assert "the limit" in trace.failure.message
    assert trace.failure.hint
    assert trace.passes


def test_a_loop_that_catches_everything_is_stopped_too(runner: Runner) -> None:
    source = "while True:\n    try:\n        x = 1\n    except BaseException:\n        pass\n"
    assert failure_of(runner, source).kind == "timeout"


def test_one_endless_operation_is_ended_by_the_kernel_at_its_line(runner: Runner) -> None:
    failure = failure_of(runner, "import itertools\n\nsum(itertools.count())\n")
    assert failure.kind == "timeout"
    assert failure.line == 3


def test_sleeping_is_a_timeout_of_the_clock(runner: Runner) -> None:
    failure = failure_of(runner, "import time\ntime.sleep(1000)\n")
    assert failure.kind == "timeout"
    assert failure.line == 2
    assert "clock" in failure.message


def test_a_stopped_process_is_killed_from_outside() -> None:
    with runner_with(seconds=0.2) as runner:
        source = "import signal, os\nsignal.raise_signal(signal.SIGSTOP)\nwhile True: pass\n"
        assert failure_of(runner, source).kind == "timeout"


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nx = torch.zeros(10**9)\n",
        "x = [0]\nwhile True:\n    x = x * 2\n",
        "x = 'a' * 10**10\n",
        "import torch\nkept = []\nwhile True:\n    kept.append(torch.ones(10**6))\n",
        "kept = []\nwhile True:\n    kept.append('a' * len(kept))\n",
    ],
)
def test_a_memory_bomb_is_told_as_such(runner: Runner, source: str) -> None:
    assert failure_of(runner, source).kind in {"memory", "timeout"}


@pytest.mark.parametrize("factor", ["1.0001", "torch.ones(64, 64)"])
def test_a_graph_that_never_ends_is_told_with_its_loop_and_what_its_lines_gave(
    runner: Runner, factor: str
) -> None:
    source = "import torch\nw = torch.ones(64, 64, requires_grad=True)\n"
    trace = runner.run(Program(source=f"{source}while True:\n    w = w * {factor}\n"))
    assert trace.failure is not None
    assert trace.failure.kind in {"memory", "timeout"}
    assert trace.failure.line in {3, 4}
    assert re.search(r"The loop in line 3 did [\d,]+ rounds", trace.failure.hint or "")
    assert {line.line for line in trace.lines} >= {2, 4}


def test_deep_recursion_is_an_error_of_the_program(runner: Runner) -> None:
    failure = failure_of(runner, "def f(n):\n    return f(n + 1)\n\nf(0)\n")
    assert failure.kind == "error"
    assert failure.line is not None


def test_leaving_the_process_is_a_crash_that_says_so(runner: Runner) -> None:
    failure = failure_of(runner, "import os\nos._exit(7)\n")
    assert failure.kind == "crash"
    assert "ended its own process" in failure.message


def test_a_segmentation_fault_is_a_crash_with_its_line(runner: Runner) -> None:
    failure = failure_of(runner, "import ctypes\n\n\nctypes.string_at(0)\n")
    assert (failure.kind, failure.line) == ("crash", 4)
    assert "segmentation fault" in failure.message


def test_a_crash_inside_torch_is_contained(runner: Runner) -> None:
    source = (
        "import torch\n"
        "i = torch.tensor([[10**9], [10**9]])\n"
        "x = torch.sparse_coo_tensor(i, torch.ones(1), (2, 2), is_coalesced=True, check_invariants=False)\n"
        "x.to_dense()\n"
    )
    failure = failure_of(runner, source)
    assert failure.kind == "crash"
    assert failure.line in {3, 4}


def test_abort_is_a_crash(runner: Runner) -> None:
    assert failure_of(runner, "import os\nos.abort()\n").kind == "crash"


def test_a_flood_of_output_ends_with_the_run(runner: Runner) -> None:
    trace = runner.run(Program(source="while True:\n    print('x' * 1000)\n"))
    assert trace.failure is not None
    assert trace.failure.kind in {"timeout", "too_large"}
    assert len(trace.printed) < 1 << 20


def test_a_flood_of_complaints_ends_with_the_run(runner: Runner) -> None:
    source = "import os\nwhile True:\n    os.write(2, b'x' * 60000)\n"
    assert failure_of(runner, source).kind == "timeout"


def test_an_endless_answer_is_cut(runner: Runner) -> None:
    source = "import os\nwhile True:\n    os.write(3, b'x' * 60000)\n"
    assert failure_of(runner, source).kind in {"too_large", "timeout"}


@pytest.mark.parametrize(
    "forged",
    [
        b"{}\n",
        b"[" * 50_000 + b"\n",
        b'{"format": 1, "program": {"source": "another"}}\n',
        b'{"format": 1, "program": NaN}\n',
        b"\x80\x04cposix\nsystem\n",
        b"\xff\xfe\n",
        b"\n",
    ],
)
def test_a_forged_answer_is_not_believed(runner: Runner, forged: bytes) -> None:
    failure = failure_of(runner, f"import os\nos.write(3, {forged!r})\nwhile True: pass\n")
    assert failure.kind == "crash"
    assert "cannot be read" in failure.message


TINY_PIECES = """
import os
piece = b",".join([%r] * 1000) + b","
text = b'{"format":1,"program":{"source":""},"lines":['
for _ in range((30 << 20) // len(piece)):
    text = memoryview(text)
    while text:
        text = text[os.write(3, text):]
    text = piece
os.write(3, b"]}" + bytes([10]))
while True:
    pass
"""


@pytest.mark.parametrize("item", [b'{"line":1,"visit":1}', b'""'])
def test_a_forged_answer_of_tiny_pieces_is_not_read(runner: Runner, item: bytes) -> None:
    """Reading it would take many times its size of the server's memory."""
    assert failure_of(runner, TINY_PIECES % item).kind == "too_large"


def test_forks_are_stopped(runner: Runner) -> None:
    failure = failure_of(runner, "import os\nwhile True:\n    os.fork()\n")
    assert failure.kind in {"refused", "error"}


def test_a_program_knows_nothing_of_the_server(runner: Runner) -> None:
    assert runner.run(Program(source="import os\nprint(dict(os.environ))")).printed == "{}\n"


def test_no_state_passes_to_the_next_run(runner: Runner) -> None:
    spoil = "import torch\ntorch.Tensor.add = None\ntorch.set_default_dtype(torch.float64)\n"
    runner.run(Program(source=spoil))
    look = "import torch\nprint(torch.ones(1).add(1).dtype, torch.rand(1).item())\n"
    first = runner.run(Program(source=look)).printed
    assert first.startswith("torch.float32")
    assert runner.run(Program(source=look + "\n")).printed == first


def test_a_text_of_a_megabyte_is_refused_before_anything_is_done_with_it(runner: Runner) -> None:
    trace = runner.submit(Program(source="x = 1\n" * (1 << 20)), "large").trace
    assert trace is not None  # answered on the spot, without a turn
    assert trace.failure is not None
    assert trace.failure.kind == "too_large"
    assert f"{Limits().source:,}" in trace.failure.message
    assert runner.position("large") is None


def test_half_a_surrogate_pair_is_no_trouble(runner: Runner) -> None:
    assert runner.run(Program(source="x = '\ud800'", root="\ud800")).program.source == "x = '?'"


ENDINGS = (
    "import os\nos._exit({})\n",
    "import ctypes\nctypes.string_at({} * 0)\n",
    HONEST + "# {}\n",
    "import torch\nx = torch.zeros(10**12 + {})\n",
)


def test_a_hundred_runs_leave_no_process_no_descriptor_and_no_memory(runner: Runner) -> None:
    """Zombies are among the children that /proc names."""
    for number, source in enumerate(ENDINGS):
        runner.run(Program(source=source.format(number)))
    zygote = runner.pid
    before = descriptors("self"), descriptors(zygote)
    server_mb, zygote_mb = resident_mb("self"), resident_mb(zygote)
    for number in range(100):
        runner.run(Program(source=ENDINGS[number % len(ENDINGS)].format(number + 10)))
    until(lambda: not children(zygote))
    until(lambda: before == (descriptors("self"), descriptors(zygote)))
    assert runner.pid == zygote
    assert resident_mb(zygote) - zygote_mb < 2
    assert resident_mb("self") - server_mb < 10


def test_eight_sessions_are_all_answered(runner: Runner) -> None:
    programs = [Program(source=f"{HONEST}print({number})\n") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        traces = list(threads.map(runner.run, programs, map(str, range(8))))
    assert [trace.printed for trace in traces] == [f"{number}\n" for number in range(8)]


def test_a_newer_run_of_a_session_takes_the_place_of_its_first(runner: Runner) -> None:
    first = runner.submit(Program(source=ENDLESS + "# replaced\n"), "pupil")
    until(lambda: runner.position("pupil") == 0)
    second = runner.submit(Program(source=HONEST + "# newer\n"), "pupil")
    trace = first.wait(SOON)
    assert trace is not None
    assert trace.failure is not None
    assert trace.failure.kind == "busy"
    answer = second.wait(SOON)
    assert answer is not None
    assert gradient(answer) == (2.0, 4.0)


def test_a_double_click_is_one_run_and_both_are_answered(runner: Runner) -> None:
    program = Program(source=HONEST + "# double\n")
    tickets = [runner.submit(program, "clicker") for _ in range(2)]
    assert [gradient(trace) for ticket in tickets if (trace := ticket.wait(SOON))] == [
        (2.0, 4.0)
    ] * 2


def test_the_same_program_of_many_sessions_runs_once(runner: Runner) -> None:
    program = Program(source="import time\nprint(time.time_ns())\n")
    tickets = [runner.submit(program, f"class {number}") for number in range(30)]
    answers = {trace.printed for ticket in tickets if (trace := ticket.wait(SOON))}
    assert len(answers) == 1
    assert runner.run(program).printed in answers


def test_a_failure_of_the_moment_is_not_kept(runner: Runner) -> None:
    source = "import os, time\nos.write(3, b'{\"t%d\": 1}\\n' % time.time_ns())\nwhile True: pass"
    assert failure_of(runner, source).details != failure_of(runner, source).details


def test_a_waiting_session_sees_its_place() -> None:
    with runner_with(workers=1, seconds=2) as runner:
        first = runner.submit(Program(source=ENDLESS), "first")
        until(lambda: runner.position("first") == 0)
        others = [runner.submit(Program(source=f"print({n})"), f"other {n}") for n in range(3)]
        assert [runner.position(f"other {n}") for n in range(3)] == [1, 2, 3]
        assert [trace.printed for other in others if (trace := other.wait(SOON))] == [
            "0\n",
            "1\n",
            "2\n",
        ]
        assert runner.position("other 0") is None
        assert first.wait(SOON)


def test_an_honest_long_program_gives_way_and_is_answered_all_the_same() -> None:
    with runner_with(workers=1, seconds=4) as runner:
        long = "import time\nend = time.process_time() + 2\nwhile time.process_time() < end: pass\nprint('done')\n"
        slow = runner.submit(Program(source=long), "slow")
        until(lambda: runner.position("slow") == 0)
        quick = runner.submit(Program(source=HONEST), "quick").wait(SOON)
        assert quick is not None
        assert slow.trace is None
        trace = slow.wait(SOON)
        assert trace is not None
        assert trace.printed == "done\n"


def test_a_killed_zygote_costs_the_run_in_flight_and_nothing_else() -> None:
    with runner_with() as runner:
        ticket = runner.submit(Program(source=ENDLESS), "unlucky")
        until(lambda: bool(runner.ready(SOON) and children(runner.pid)))
        os.kill(runner.pid, signal.SIGKILL)
        trace = ticket.wait(SOON)
        assert trace is not None
        assert trace.failure is not None
        assert trace.failure.kind == "crash"
        assert gradient(runner.run(Program(source=HONEST))) == (2.0, 4.0)


SERVER = """
import sys, threading
from explorer.limits import Limits
from explorer.records import Program
from explorer.runner import Runner
runner = Runner(Limits(seconds=60, gate=False))
runner.submit(Program(source="while True: pass"))
runner.ready(60)
print(runner.pid, flush=True)
threading.Event().wait()
"""


def test_a_server_that_dies_while_pytorch_loads_leaves_nothing() -> None:
    early = SERVER.replace("runner.ready(60)\n", "")
    with subprocess.Popen(
        [sys.executable, "-c", early], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        zygote = int(server.stdout.readline())
        server.kill()
        until(lambda: not alive(zygote))


@pytest.mark.parametrize("last", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_the_server(last: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        zygote = int(server.stdout.readline())
        until(lambda: bool(children(zygote)))
        family = [zygote, *children(zygote)]
        server.send_signal(last)
        until(lambda: not any(map(alive, family)))


def test_a_thread_that_ends_takes_no_zygote_along() -> None:
    """A server starts it from the thread of one visitor's script, which ends soon after."""
    found: list[Runner] = []
    thread = threading.Thread(target=lambda: found.append(Runner(Limits(gate=False))))
    thread.start()
    thread.join()
    try:
        assert gradient(found[0].run(Program(source=HONEST))) == (2.0, 4.0)
    finally:
        found[0].close()


def test_whoever_waits_is_told_when_the_runner_closes() -> None:
    runner = Runner(Limits(seconds=60, gate=False))
    tickets = [runner.submit(Program(source=ENDLESS + f"# {n}\n"), str(n)) for n in range(9)]
    until(lambda: bool(runner.ready(SOON) and children(runner.pid)))
    runner.close()
    assert all(ticket.wait(SOON) for ticket in tickets)


def test_a_fresh_process_per_run_gives_the_same_answer(runner: Runner) -> None:
    program = Program(source=HONEST)
    plain = Runner(Limits(seconds=1, gate=False), forked=False)
    try:
        trace = plain.run(program)
        assert trace.lines == runner.run(program).lines
        assert trace.passes == runner.run(program).passes
        failure = failure_of(plain, "import itertools\nsum(itertools.count())\n")
        assert (failure.kind, failure.line) == ("timeout", 2)
        assert failure_of(plain, "import os\nos._exit(1)\n").kind == "crash"
    finally:
        plain.close()


def test_the_page_asks_one_runner_that_starts_by_itself() -> None:
    try:
        assert gradient(module.run(Program(source=HONEST), "visitor")) == (2.0, 4.0)
        assert module.position("visitor") is None
        ready = module.layers()
        assert ready is not None
        assert ready.layers["limits"]
    finally:
        module.shutdown()


def test_public_mode_runs_where_every_lock_holds() -> None:
    with runner_with(public=True) as runner:
        assert gradient(runner.run(Program(source=HONEST))) == (2.0, 4.0)


def test_the_log_names_the_locks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "explorer.forked"), runner_with() as runner:
        ready = runner.ready(SOON)
        assert ready is not None
        until(lambda: bool(caplog.messages))
    assert all((name in caplog.messages[0]) for name in ready.layers)
    assert caplog.records[0].levelname == ("INFO" if all(ready.layers.values()) else "WARNING")


def test_public_mode_refuses_where_a_lock_is_missing() -> None:
    runner = Runner(Limits(public=True), forked=False)
    try:
        failure = failure_of(runner, HONEST)
        assert failure.kind == "refused"
        assert "docs/deploy.md" in (failure.hint or "")
    finally:
        runner.close()


def test_the_gate_refuses_in_the_worker_with_the_line() -> None:
    with runner_with(gate=True) as runner:
        failure = failure_of(runner, "import torch\nimport os\n")
        assert (failure.kind, failure.line) == ("refused", 2)


TRAINING = (
    "import torch\nw = torch.tensor(1.0, requires_grad=True)\n"
    "optimizer = torch.optim.SGD([w], lr=0.1)\nwhile True:\n"
    "    loss = w * w\n    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
)


def test_a_reader_stops_a_run_and_its_worker_is_free(runner: Runner) -> None:
    ticket = runner.submit(Program(source=ENDLESS + "# stopped\n"), "impatient")
    until(lambda: bool(runner.position("impatient") == 0 and children(runner.pid)))
    runner.stop("impatient")
    trace = ticket.wait(SOON)
    assert trace is not None
    assert trace.failure is not None
    assert trace.failure.kind == "stopped"
    assert runner.position("impatient") is None
    until(lambda: not children(runner.pid))
    assert gradient(runner.run(Program(source=HONEST), "impatient")) == (2.0, 4.0)


LONG_TRAINING = """\
import torch
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(1_000_000):
    optimizer.zero_grad()
    (w * w).backward()
    optimizer.step()
"""


def test_a_run_that_is_halted_answers_with_what_it_has_done(runner: Runner) -> None:
    runner.submit(Program(source=LONG_TRAINING), "curious")
    until(lambda: runner.reached("curious") > 3)
    trace = runner.halt("curious", SOON)
    assert trace is not None
    assert trace.failure is not None
    assert trace.failure.kind == "stopped"
    assert trace.failure.line in range(4, 8)
    assert len(rounds(trace)) > 3
    assert runner.position("curious") is None
    until(lambda: not children(runner.pid))


def test_what_cannot_be_halted_at_a_line_is_ended(runner: Runner) -> None:
    endless = "import itertools\nsum(itertools.count())\n# halted\n"
    runner.submit(Program(source=endless), "impatient")
    until(lambda: bool(runner.position("impatient") == 0 and children(runner.pid)))
    trace = runner.halt("impatient", 0.2)
    assert trace is not None
    assert trace.failure is not None
    assert trace.failure.kind == "stopped"
    until(lambda: not children(runner.pid))


def test_a_program_asked_for_twice_by_one_reader_is_stopped_at_once(runner: Runner) -> None:
    program = Program(source=ENDLESS + "# twice\n")
    first, second = runner.submit(program, "again"), runner.submit(program, "again")
    runner.stop("again")
    assert first.wait(SOON) is not None
    assert second.wait(SOON) is not None
    until(lambda: not children(runner.pid))


def test_whoever_waits_for_the_same_program_is_not_stopped_along(runner: Runner) -> None:
    program = Program(source=f"import time\ntime.sleep(0.5)\n{HONEST}")
    one, other = (runner.submit(program, session) for session in ("one", "other"))
    runner.stop("one")
    stopped, answered = one.wait(SOON), other.wait(SOON)
    assert stopped is not None
    assert stopped.failure is not None
    assert answered is not None
    assert gradient(answered) == (2.0, 4.0)


def test_stopping_nothing_is_harmless(runner: Runner) -> None:
    assert runner.halt("nobody", SOON) is None
    runner.stop("nobody")
    assert runner.reached("nobody") == 0


def test_a_running_training_says_how_many_steps_it_has_done(runner: Runner) -> None:
    runner.submit(Program(source=TRAINING), "trainer")
    until(lambda: runner.reached("trainer") > 0)
    first = runner.reached("trainer")
    until(lambda: runner.reached("trainer") > first)
    runner.stop("trainer")
    assert runner.reached("trainer") == 0

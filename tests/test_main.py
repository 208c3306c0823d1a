"""The command line as its users meet it: a process, its two streams and its exit code."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.json import decode

from explorer.records import Trace

TOP = Path(__file__).parent.parent
HONEST = "import torch\nw = torch.tensor([1.0, 2.0], requires_grad=True)\nloss = (w * w).sum()\nloss.backward()\n"
BROKEN = "import torch\nx = torch.ones(2) @ torch.ones(3)\n"


def explorer(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "explorer", *map(str, words)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    path = tmp_path / "honest.py"
    path.write_text(HONEST)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.py"
    path.write_text(BROKEN)
    return path


def test_run_tells_leaves_gradients_and_steps(honest: Path) -> None:
    done = explorer("run", honest)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    leaf = next(line for line in done.stdout.splitlines() if line.startswith("w "))
    assert "[2, 4]" in leaf
    order = [done.stdout.index(name) for name in ("SumBackward0", "MulBackward0", "AccumulateGrad")]
    assert order == sorted(order)


def test_run_explains_each_backward_step_in_a_sentence(honest: Path, broken: Path) -> None:
    done = explorer("run", honest, broken, "--explain")
    assert done.returncode == 1
    assert "MulBackward0 (line 3) received G = [1, 1]. To w: G · w = [1, 1] · [1, 2] = [1, 2]." in (
        done.stdout
    )
    assert "w.grad was None; [2, 4], the sum of 2 paths, arrived: now [2, 4]." in done.stdout
    assert "line 2:" in done.stdout


def test_several_programs_give_one_line_of_json_each_in_their_order(
    honest: Path, broken: Path
) -> None:
    done = explorer("run", honest, broken, honest, "--json", "-", "--seed", "3")
    assert done.returncode == 1
    traces = [decode(line, type=Trace) for line in done.stdout.splitlines()]
    assert [trace.program.source for trace in traces] == [HONEST, BROKEN, HONEST]
    assert {trace.program.seed for trace in traces} == {3}
    assert [trace.failure is None for trace in traces] == [True, False, True]
    assert "broken.py: line 2:" in done.stderr


def test_json_can_go_to_a_file(honest: Path, tmp_path: Path) -> None:
    done = explorer("run", honest, "--json", tmp_path / "trace.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = (tmp_path / "trace.jsonl").read_text("utf-8").splitlines()
    (leaf,) = decode(line, type=Trace).leaves
    assert leaf.grad is not None
    assert (leaf.name, leaf.shape, leaf.grad.values) == ("w", (2,), (2.0, 4.0))


def test_the_root_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "no_backward.py"
    path.write_text("import torch\nw = torch.ones((), requires_grad=True)\na = 3 * w\nb = 5 * w\n")
    done = explorer("run", path, "--root", "a", "--json", "-")
    (leaf,) = decode(done.stdout, type=Trace).leaves
    assert leaf.grad is not None
    assert leaf.grad.values == (3.0,)


def test_a_failure_is_told_with_its_line_and_what_to_do(broken: Path) -> None:
    done = explorer("run", broken)
    assert done.returncode == 1
    assert "line 2:" in done.stdout


def test_check_compares_gradients_with_finite_differences(honest: Path) -> None:
    done = explorer("check", honest)
    assert done.returncode == 0, done.stderr
    assert "1 leaf, in float64: 1 agreeing with finite differences." in done.stdout
    leaf = next(line for line in done.stdout.splitlines() if line.startswith("w "))
    assert leaf.split()[-1] == "agrees"


def test_check_ends_with_1_where_a_gradient_is_no_slope(tmp_path: Path, broken: Path) -> None:
    path = tmp_path / "hooked.py"
    path.write_text(HONEST.replace("loss = ", "w.register_hook(lambda g: 2 * g)\nloss = "))
    done = explorer("check", path)
    assert done.returncode == 1
    assert "a hook changes the gradient on its way" in done.stdout
    done = explorer("check", broken)
    assert done.returncode == 1
    assert "line 2:" in done.stdout


@pytest.mark.parametrize("suffix", ["dot", "json"])
def test_draw_writes_what_the_suffix_says(honest: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"graph.{suffix}"
    done = explorer("draw", honest, "-o", target)
    assert done.returncode == 0, done.stderr
    assert "MulBackward0" in target.read_text("utf-8")


def test_draw_classic_is_torchviz_undressed(honest: Path, tmp_path: Path) -> None:
    texts = []
    for words in ([], ["--classic"]):
        explorer("draw", honest, "-o", tmp_path / "graph.dot", *words)
        texts.append((tmp_path / "graph.dot").read_text("utf-8"))
    assert texts[0] != texts[1]


@pytest.mark.dot
@pytest.mark.skipif(shutil.which("dot") is None, reason="the dot program is not installed")
def test_draw_writes_pictures_with_the_dot_program(honest: Path, tmp_path: Path) -> None:
    assert explorer("draw", honest, "-o", tmp_path / "graph.svg").returncode == 0
    assert "<svg" in (tmp_path / "graph.svg").read_text("utf-8")


def test_draw_says_plainly_that_the_dot_program_is_missing(honest: Path, tmp_path: Path) -> None:
    done = explorer("draw", honest, "-o", tmp_path / "graph.svg", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "dot" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "nowhere.py"], "cannot read nowhere.py: No such file or directory."),
        (["run", "tests"], "cannot read tests: Is a directory."),
        (["run", "LICENSE", "--json", "/nowhere/x"], "cannot write /nowhere/x"),
        (["draw", "LICENSE", "-o", "picture.gif"], "picture.gif must end with one of .dot"),
        (["draw", "LICENSE"], "-o/--output"),
        (["run", "LICENSE", "--explain", "--json", "-"], "not allowed with"),
        ([], "COMMAND"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why(words: list[str], said: str) -> None:
    done = explorer(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_text_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "picture.py"
    path.write_bytes(b"\x89PNG\xff\xfe")
    done = explorer("run", path)
    assert done.returncode == 2
    assert "is not a text file of Python" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a run cannot be watched from here")
def test_an_interrupt_ends_the_runs_and_does_not_wait_for_them(tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("while True:\n    pass\n")
    words = [sys.executable, "-m", "explorer", "run", *[str(endless)] * 3]
    environment = {"PATH": "/usr/bin:/bin", "EXPLORER_SECONDS": "600"}
    with subprocess.Popen(
        words,
        cwd=TOP,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that run in the background would hand it on ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        runs = until_runs(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.communicate() == (b"", b"")
    give_up = time.monotonic() + 20
    while any(map(is_at_work, runs)):
        assert time.monotonic() < give_up
        time.sleep(0.05)


def until_runs(server: int) -> list[int]:
    """The process that has loaded PyTorch and a run of its own, once there is one."""
    while True:
        for zygote in children(server):
            if runs := children(zygote):
                return [zygote, *runs]
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text("ascii").split()]


def is_at_work(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_reader_that_has_seen_enough_ends_it_quietly(honest: Path) -> None:
    words = [sys.executable, "-m", "explorer", "run", str(honest)]
    with subprocess.Popen(
        words, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 141


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("words", [[], ["--explain"], ["--json", "-"]])
def test_a_full_disk_is_told_in_a_sentence(honest: Path, words: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "explorer", "run", str(honest), *words],
            cwd=TOP,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    said = "explorer: cannot write to standard output: No space left on device.\n"
    assert done.stderr == said


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
def test_a_file_that_has_no_room_is_named(honest: Path) -> None:
    done = explorer("run", honest, "--json", FULL)
    assert done.returncode == 2
    assert done.stderr == "explorer: cannot write /dev/full: No space left on device.\n"


def test_a_program_is_never_taken_for_the_file_to_write(honest: Path, tmp_path: Path) -> None:
    for words in (["--json", honest, honest], [honest, "--json", tmp_path / "new.py"]):
        done = explorer("run", *words)
        assert done.returncode == 2
        assert "would be overwritten" in done.stderr
    assert honest.read_text() == HONEST
    assert [path.name for path in tmp_path.iterdir()] == ["honest.py"]


def test_a_program_under_another_name_is_not_overwritten_either(tmp_path: Path) -> None:
    program, link = tmp_path / "program.txt", tmp_path / "link.txt"
    program.write_text(HONEST)
    link.symlink_to(program)
    assert explorer("run", program, "--json", link).returncode == 2
    assert program.read_text() == HONEST


def test_an_older_record_stays_until_the_new_one_is_whole(honest: Path, tmp_path: Path) -> None:
    record = tmp_path / "trace.jsonl"
    record.write_text("older")
    assert explorer("run", honest, "--json", record, "--seed", "x").returncode == 2
    assert record.read_text() == "older"
    assert explorer("run", honest, "--json", record).returncode == 0
    assert record.read_text("utf-8").startswith('{"format":')
    assert sorted(path.name for path in tmp_path.iterdir()) == ["honest.py", "trace.jsonl"]


@pytest.mark.parametrize("seed", ["9223372036854775808", "-9223372036854775809", "0.5", "1" * 5000])
def test_a_seed_that_torch_does_not_take_is_refused(honest: Path, seed: str) -> None:
    done = explorer("run", honest, f"--seed={seed}")
    assert done.returncode == 2
    assert "argument --seed: must be a whole number from -9223372036854775808" in done.stderr


@pytest.mark.parametrize("seed", ["9223372036854775807", "-9223372036854775808"])
def test_every_seed_that_is_taken_runs(honest: Path, seed: str) -> None:
    done = explorer("run", honest, f"--seed={seed}")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_says_that_it_checked_nothing_and_does_not_call_that_right(tmp_path: Path) -> None:
    long, empty = tmp_path / "long.py", tmp_path / "empty.py"
    long.write_text(
        "import torch\nx = torch.ones(1, requires_grad=True)\ny = x\n"
        "for _ in range(5_001):\n    y = y * 1.0001\ny.backward()\n"
    )
    done = explorer("check", long)
    assert done.returncode == 1
    assert "the graph has 5,002 nodes, more than 5,000, the limit" in done.stdout
    empty.write_text("import torch\nw = torch.ones(0, requires_grad=True)\nw.sum().backward()\n")
    done = explorer("check", empty)
    assert done.returncode == 1
    assert "1 leaf, in float64: 1 not checked." in done.stdout


def test_draw_says_before_the_run_what_it_could_not_write_after_it(tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("while True:\n    pass\n")
    (tmp_path / "folder.html").mkdir()
    told = {
        ".html": ".html has no name before its ending; say for example g.html.",
        "folder.html": "folder.html: Is a directory.",
        "nowhere/g.html": f"There is no folder {tmp_path / 'nowhere'}.",
        "g.svg": ".svg needs the program `dot` of Graphviz",
    }
    for name, said in told.items():
        done = explorer("draw", endless, "-o", tmp_path / name, PATH=str(tmp_path))
        assert done.returncode == 2
        assert said in done.stderr


def test_a_wrong_limit_is_named(honest: Path) -> None:
    done = explorer("run", honest, EXPLORER_SECONDS="soon")
    assert done.returncode == 2
    assert "EXPLORER_SECONDS" in done.stderr

"""The command line: run programs and tell what their gradients did, or draw one.

    python -m explorer run PROGRAM.py... [--seed N] [--root NAME] [--explain] [--json FILE|-]
    python -m explorer draw PROGRAM.py -o FILE.dot|.svg|.png|.pdf|.html|.json [--classic]
    python -m explorer check PROGRAM.py [--seed N] [--root NAME]

Ends with 0, with 1 if a program ended in a failure, a gradient differs from its slope or none could
be checked, with 2 if the command could not be followed.
"""

from __future__ import annotations

import argparse
import sys
import tokenize
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from explorer import output, run
from explorer.export import FORMATS, ExportError, export, obstacle
from explorer.limits import LimitsError, from_environment
from explorer.output import OutputError
from explorer.records import SEEDS, Program, Trace
from explorer.report import checked, explain, report, sentence
from explorer.turns import Ticket
from explorer.wire import written_out

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

MOMENT = 0.1
"""Seconds between two looks at which programs have ended, while the first of them has not."""


class CommandError(Exception):
    """The command cannot be followed; the message is a sentence for whoever gave it."""


def main(words: Sequence[str] | None = None) -> int:
    """Follows one command; the exit code."""
    options = _parser().parse_args(words)
    try:
        from_environment()
        return int(options.follow(options))
    except (CommandError, LimitsError, OutputError) as error:
        if isinstance(error, OutputError):
            output.hush()
        print(f"explorer: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        output.hush()
        return output.CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        # Whatever still runs is ended, not waited for.
        run.shutdown()


def _run(options: argparse.Namespace) -> int:
    programs = [_program(path, options) for path in options.programs]
    if options.json is None:
        return _tell(options.programs, programs, explain if options.explain else report)
    _must_not_be_a_program(options.json, options.programs)
    worst = OK
    with output.opened(options.json) as out:
        for path, trace in zip(options.programs, _traces(programs), strict=True):
            out.write(written_out(trace))
            out.write(b"\n")
            worst = max(worst, _complain(path, trace))
    return worst


def _must_not_be_a_program(where: str, programs: Sequence[Path]) -> None:
    """Of `--json a.py b.py` the first program would be taken for the file."""
    target = Path(where)
    if where == output.STDOUT:
        return
    if target.suffix == ".py" or (target.exists() and any(map(target.samefile, programs))):
        raise CommandError(
            f"{where} after --json would be overwritten; name a file for the record, or - ."
        )


def _tell(paths: Sequence[Path], programs: Sequence[Program], told: Callable[[Trace], str]) -> int:
    worst = OK
    for path, trace in zip(paths, _traces(programs), strict=True):
        if len(paths) > 1:
            output.say(f"== {path}")
        output.say(told(trace) + ("\n" if len(paths) > 1 else ""))
        worst = max(worst, FAILED if trace.failure else OK)
    return worst


def _check(options: argparse.Namespace) -> int:
    trace = run.run(replace(_program(options.program, options), check=True))
    output.say(checked(trace))
    verdicts = {one.verdict for one in trace.checks} - {"unchecked"}
    return FAILED if trace.failure or "differs" in verdicts or not verdicts else OK


def _draw(options: argparse.Namespace) -> int:
    suffix = _suffix(options.output)
    trace = run.run(_program(options.program, options))
    ended = _complain(options.program, trace)
    try:
        picture = export(trace, suffix, classic=options.classic)
    except ExportError as error:
        if ended == FAILED:
            return FAILED
        raise CommandError(str(error)) from error
    with output.opened(str(options.output)) as out:
        out.write(picture)
    return ended


def _suffix(path: Path) -> str:
    """The format that is asked for; raises CommandError where no such file can come to be."""
    suffix = path.suffix.lower()
    if path.name.lower() in FORMATS:
        raise CommandError(f"{path} has no name before its ending; say for example g{path.name}.")
    if suffix not in FORMATS:
        raise CommandError(f"{path} must end with one of {', '.join(FORMATS)}.")
    output.must_be_writable(str(path))
    if (missing := obstacle(suffix)) is not None:
        raise CommandError(missing)
    return suffix


def _traces(programs: Sequence[Program]) -> Iterator[Trace]:
    """One Trace per program, in order; as many at once as there may be workers."""
    most, rest = from_environment().workers, deque(programs)
    asked: deque[Ticket] = deque()
    while rest or asked:
        while rest and sum(one.trace is None for one in asked) < most:
            asked.append(run.submit(rest.popleft()))
        if (trace := asked[0].wait(MOMENT)) is not None:
            asked.popleft()
            yield trace


def _complain(path: Path, trace: Trace) -> int:
    """Tells of a failure where it does not mix with the answer."""
    if trace.failure is None:
        return OK
    print(f"{path}: {sentence(trace.failure)}", file=sys.stderr)
    return FAILED


def _program(path: Path, options: argparse.Namespace) -> Program:
    try:
        with tokenize.open(path) as file:
            source = file.read()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}.") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is not a text file of Python: {error}.") from error
    return Program(source=source, seed=options.seed, root=options.root)


def _seed(word: str) -> int:
    """A seed that torch takes."""
    number = int(word) if word.removeprefix("-").isdecimal() and len(word) < 30 else SEEDS.stop
    if number not in SEEDS:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from {SEEDS.start} to {SEEDS.stop - 1}, not {word}"
        )
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m explorer", description="See how autograd ran your program."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--seed", type=_seed, default=0, help="of torch's random numbers (0)")
    common.add_argument("--root", help="tensor to start from where nothing calls backward")

    runs = commands.add_parser("run", parents=[common], help="run programs, tell their gradients")
    runs.add_argument("programs", type=Path, nargs="+", metavar="PROGRAM.py")
    how = runs.add_mutually_exclusive_group()
    how.add_argument(
        "--explain",
        action="store_true",
        help="each backward step as a sentence instead, with its formula and numbers",
    )
    how.add_argument("--json", metavar="FILE", help="one Trace per line instead; - for stdout")
    runs.set_defaults(follow=_run)

    draws = commands.add_parser("draw", parents=[common], help="draw the graph of one program")
    draws.add_argument("program", type=Path, metavar="PROGRAM.py")
    kinds = ", ".join(FORMATS)
    draws.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=kinds)
    draws.add_argument("--classic", action="store_true", help="torchviz's picture, undressed")
    draws.set_defaults(follow=_draw)

    says = "compare every leaf's gradient with finite differences, in float64"
    checks = commands.add_parser("check", parents=[common], help=says)
    checks.add_argument("program", type=Path, metavar="PROGRAM.py")
    checks.set_defaults(follow=_check)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The command line: run programs and tell what their gradients did, or draw one.

    python -m explorer run PROGRAM.py... [--seed N] [--root NAME] [--explain] [--json FILE|-]
    python -m explorer draw PROGRAM.py -o FILE.dot|.svg|.png|.pdf|.html|.json [--classic]
    python -m explorer check PROGRAM.py [--seed N] [--root NAME]

Ends with 0, with 1 if a program ended in a failure or a gradient differs from its slope, with 2 if
the command could not be followed.
"""

from __future__ import annotations

import argparse
import sys
import tokenize
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from explorer import run
from explorer.export import FORMATS, ExportError, export
from explorer.limits import LimitsError, from_environment
from explorer.records import Program, Trace
from explorer.report import checked, explain, report, sentence
from explorer.wire import written_out

OK, FAILED, USAGE = 0, 1, 2


class CommandError(Exception):
    """The command cannot be followed; the message is a sentence for whoever gave it."""


def main(words: Sequence[str] | None = None) -> int:
    """Follows one command; the exit code."""
    options = _parser().parse_args(words)
    try:
        from_environment()
        return int(options.follow(options))
    except (CommandError, LimitsError) as error:
        print(f"explorer: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    finally:
        run.shutdown()


def _run(options: argparse.Namespace) -> int:
    programs = [_program(path, options) for path in options.programs]
    if options.json is None:
        return _tell(options.programs, programs, explain if options.explain else report)
    with _opened(options.json) as out:
        worst = OK
        for path, trace in zip(options.programs, _traces(programs), strict=True):
            out.write(written_out(trace).decode() + "\n")
            worst = max(worst, _complain(path, trace))
    return worst


def _tell(paths: Sequence[Path], programs: Sequence[Program], told: Callable[[Trace], str]) -> int:
    worst = OK
    for path, trace in zip(paths, _traces(programs), strict=True):
        if len(paths) > 1:
            print(f"== {path}")
        print(told(trace), end="\n\n" if len(paths) > 1 else "\n", flush=True)
        worst = max(worst, FAILED if trace.failure else OK)
    return worst


def _check(options: argparse.Namespace) -> int:
    trace = run.run(replace(_program(options.program, options), check=True))
    print(checked(trace))
    differs = any(one.verdict == "differs" for one in trace.checks)
    return FAILED if differs or trace.failure else OK


def _draw(options: argparse.Namespace) -> int:
    suffix = options.output.suffix.lower()
    if suffix not in FORMATS:
        raise CommandError(f"{options.output} must end with one of {', '.join(FORMATS)}.")
    trace = run.run(_program(options.program, options))
    ended = _complain(options.program, trace)
    try:
        options.output.write_bytes(export(trace, suffix, classic=options.classic))
    except ExportError as error:
        if ended == FAILED:
            return FAILED
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot write {options.output}: {error.strerror}.") from error
    return ended


def _traces(programs: Sequence[Program]) -> Iterator[Trace]:
    """One Trace per program, in order; as many at once as there may be workers."""
    with ThreadPoolExecutor(from_environment().workers) as threads:
        yield from threads.map(run.run, programs)


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


def _opened(where: str) -> AbstractContextManager[TextIO]:
    if where == "-":
        return nullcontext(sys.stdout)
    try:
        return Path(where).open("w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {where}: {error.strerror}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m explorer", description="See how autograd ran your program."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--seed", type=int, default=0, help="of torch's random numbers (0)")
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

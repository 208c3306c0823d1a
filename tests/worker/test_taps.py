"""Taps never change what a program means."""

from __future__ import annotations

import contextlib
import io

import pytest

from explorer.records import Program
from explorer.worker.execute import execute

MEANINGS = {
    "docstrings": '''\
"""Of the program."""
def f(a):
    """Of f."""
    return a
class C:
    """Of C."""
    def m(self):
        """Of m."""
print(__doc__, f.__doc__, C.__doc__, C.m.__doc__)
''',
    "future": "from __future__ import annotations\ndef f(a: undefined) -> nothing: pass\nprint(f.__annotations__)\n",
    "docstring and future": '"""Doc."""\nfrom __future__ import annotations\nx: undefined = 1\nprint(x, __doc__)\n',
    "global and nonlocal": """\
n = 0
def up():
    global n
    n += 1
    k = 0
    def inner():
        nonlocal k
        k += 2
        return k
    return inner() + inner()
print(up(), n)
""",
    "super without arguments": """\
class A:
    def f(self): return "A"
class B(A):
    def f(self): return super().f() + __class__.__name__
print(B().f())
""",
    "names with two underscores": """\
class A:
    __hidden = 1
    def f(self, __x=2):
        __y = self.__hidden + __x
        self.__z = __y
        return self.__z
print(A().f(), sorted(n for n in vars(A()) ))
""",
    "class bodies": """\
from enum import Enum
from dataclasses import dataclass
class Colour(Enum):
    RED = 1
    BLUE = 2
@dataclass
class P:
    x: int
    y: int = 3
    z = 4
    for i in range(2): w = i
print(list(Colour), P(1), P.w)
""",
    "generators": """\
def g(n):
    for i in range(n):
        got = yield i * 2
        if got: yield got
    return "end"
def outer():
    result = yield from g(2)
    yield result
it = outer()
print(next(it), it.send("sent"), list(it))
""",
    "async": """\
import asyncio
class M:
    async def __aenter__(self): return 1
    async def __aexit__(self, *a): return False
async def numbers():
    for i in range(3): yield i
async def main():
    total = 0
    async for i in numbers(): total += i
    async with M() as m: total += m
    return total
coroutine = main()
try:
    while True: coroutine.send(None)
except StopIteration as stop:
    print(stop.value)
""",
    "match": """\
def kind(v):
    match v:
        case {"a": x}: return x
        case [first, *rest] if rest: return rest
        case str() as s: return s
        case _: return None
print(kind({"a": 1}), kind([1, 2]), kind("s"), kind(0))
""",
    "try and finally": """\
def f():
    try:
        return [1].pop(3)
    except IndexError as e:
        return type(e).__name__
    else:
        return 2
    finally:
        print("finally")
print(f())
try:
    raise ExceptionGroup("g", [ValueError(1)])
except* ValueError as group:
    print(group.exceptions)
""",
    "else of loops": """\
for i in range(3):
    if i == 5: break
else: print("no break")
while i: i -= 1
else: print(i)
""",
    "walrus and comprehension": """\
print([y := 1, y**2], [last := i for i in range(3)], last, {k: v for k, v in zip("ab", range(2))})
if False and (never := 1): pass
print("never" in globals())
""",
    "star targets and augmented": """\
a, *b, (c, d) = 1, 2, 3, (4, 5)
x = [1, 2, 3]
x[0] += 5
x[1:] = [9]
print(a, b, c, d, x)
""",
    "delete": "x = 1\ndel x\nprint('x' in globals())\n",
    "lambda defaults": "f = lambda a, b=2, *c, d=(e := 3): (a, b, c, d, e)\nprint(f(1, 2, 4))\n",
    "decorators": """\
def twice(f):
    def g(*a): return f(f(*a))
    return g
@twice
def plus(x): return x + 1
print(plus(1))
""",
    "names of the program only": "a = 1\nprint(sorted(n for n in dir() if not n.startswith('__')))\n",
    "main": "print(__name__)\nimport sys\nprint(sys.modules['__main__'].__dict__ is globals())\n",
    "properties are not read": """\
class P:
    @property
    def x(self): print("read"); return 1
    @x.setter
    def x(self, v): print("set", v)
p = P()
p.x = 5
""",
    "assert and strings": "assert [1, 2], 'never'\nf'{1!r:>4}'\nprint(f'{1 + 1:03d}')\n",
    "one line": "if True: x = 1; print(x); y = x + 1\nprint(y)\n",
    "slots": "class S:\n    __slots__ = ('a',)\n    def __init__(self): self.a = 1\ns = S()\ns.a = 2\nprint(s.a)\n",
    "recursion near the limit": "def f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(900))\n",
}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_tapped_program_does_what_it_did(name: str) -> None:
    plain = io.StringIO()
    space: dict[str, object] = {"__name__": "__main__"}
    source = MEANINGS[name]
    if name == "main":
        expected = "__main__\nTrue\n"
    else:
        with contextlib.redirect_stdout(plain):
            exec(compile(source, "<bare>", "exec", dont_inherit=True), space)
        expected = plain.getvalue()
    trace = execute(Program(source=source))
    assert trace.failure is not None
    assert trace.failure.kind == "no_gradient", trace.failure
    assert trace.printed == expected


@pytest.mark.parametrize(
    "source",
    [
        "x = ",
        "def f(:\n",
        "return 1\n",
        "a = 1\n  b = 2\n",
        "x = '\n",
        "\x00",
        "break\n",
        "f(a=1, a=2)\n",
        "(" * 300,
        "x = " + "-" * 100_000 + "1",
    ],
)
def test_what_is_not_python_is_refused_with_its_line(source: str) -> None:
    failure = execute(Program(source=source)).failure
    assert failure is not None
    assert failure.kind == "syntax"
    assert failure.message.endswith(".")
    assert failure.hint
    assert failure.line or "\x00" in source or "-" * 9 in source


def test_a_syntax_error_that_nobody_knows_is_told_in_pythons_own_words() -> None:
    failure = execute(Program(source="a = 1\nf() = a\n")).failure
    assert failure is not None
    assert failure.line == 2
    assert failure.message.startswith("This is not Python: Cannot assign to function call")

"""The hostile programs: what each tries, and how it may end when only the jail stands in its way.

"ok" is an end without a failure: the program could do nothing and says so, or did no harm.
"""

from __future__ import annotations

from tests.hostile.attempt import CANARY, OS, SYSCALL, TORCH, Hostile
from tests.hostile.facades import FACADES

FILES = (
    Hostile("open", f"open('{CANARY}').read()", "error"),
    Hostile("open through torch", TORCH + f"torch.load('{CANARY}')", "error"),
    Hostile("save through torch", TORCH + f"torch.save(torch.ones(1), '{CANARY}')", "error"),
    Hostile("map a file", TORCH + f"torch.from_file('{CANARY}', size=1)", "error"),
    Hostile(
        "file of a storage",
        TORCH + f"torch.UntypedStorage.from_file('{CANARY}', False, 8)",
        "error",
    ),
    Hostile("file of numpy", f"import numpy as np\nnp.fromfile('{CANARY}')", "error"),
    Hostile("write by numpy", TORCH + f"torch.ones(1).numpy().tofile('{CANARY}')", "error"),
    Hostile("modules of torch", TORCH + f"torch.builtins.open('{CANARY}')", "error"),
    Hostile("os through torch", TORCH + "torch.os.listdir('/')", "error"),
    Hostile("stat", OS + f"os.stat('{CANARY}')", "error"),
    Hostile("list a folder", OS + "os.listdir('/tmp')", "error"),
    Hostile("delete", OS + f"os.unlink('{CANARY}')", "error"),
    Hostile("rename", OS + f"os.rename('{CANARY}', '/tmp/taken')", "error"),
    Hostile("make readable", OS + f"os.chmod('{CANARY}', 0o777)", "error"),
    Hostile("link", OS + f"os.symlink('{CANARY}', '/tmp/explorer-link')", "error"),
    Hostile("make a folder", OS + "os.mkdir('/tmp/explorer-folder')", "error"),
    Hostile("truncate", OS + f"os.truncate('{CANARY}', 0)", "error"),
    Hostile("set its times", OS + f"os.utime('{CANARY}')", "error"),
    Hostile("change root", OS + "os.chroot('/tmp')", "error"),
    Hostile("change folder", OS + "os.chdir('/tmp')", "error"),
    Hostile("temporary file", "import tempfile\ntempfile.TemporaryFile()", "error"),
    Hostile("import from disk", "import sqlite3\nsqlite3.connect('/tmp/x')", "error"),
    Hostile("open by number", SYSCALL + f"print(call(257, -100, id('{CANARY}'), 0))", "ok"),
)

SECRETS = (
    Hostile("its environment", OS + "assert not os.environ, os.environ", "ok"),
    Hostile("environment in memory", "open('/proc/self/environ').read()", "error"),
    Hostile("environment of the parent", OS + "open(f'/proc/{os.getppid()}/environ')", "error"),
    Hostile("memory of the parent", OS + "open(f'/proc/{os.getppid()}/mem', 'rb')", "error"),
    Hostile("trace the parent", SYSCALL + "import os\ncall(101, 16, os.getppid())", "refused"),
    Hostile(
        "read the parent", SYSCALL + "import os\ncall(310, os.getppid(), 0, 0, 0, 0)", "refused"
    ),
    Hostile("ask its own socket", OS + "os.read(3, 100)", "error"),
    Hostile("stale memory", TORCH + "print(int((torch.empty(1 << 20) == 12345).sum()))", "ok"),
    Hostile("keys of the kernel", SYSCALL + "call(250, 0, 0, 0, 0)", "refused"),
    Hostile(
        "walk to every class",
        "[c for c in object.__subclasses__() if c.__name__ == 'Popen'][0](['id'])",
        "error refused",
    ),
)

NETWORK = (
    Hostile("socket", "import socket\nsocket.socket()", "refused"),
    Hostile(
        "connect", "import socket\nsocket.create_connection(('127.0.0.1', 80))", "refused error"
    ),
    Hostile("name", "import socket\nsocket.getaddrinfo('example.org', 80)", "refused error"),
    Hostile("pair of sockets", "import socket\nsocket.socketpair()", "error"),
    Hostile(
        "listen", "import socketserver\nsocketserver.TCPServer(('', 0), None)", "refused error"
    ),
    Hostile(
        "web page",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')",
        "refused error",
    ),
    Hostile("hub of torch", TORCH + "torch.hub.load('a/b', 'c')", "error refused"),
    Hostile(
        "pass a descriptor",
        "import socket, array\nsocket.socket(fileno=3).sendmsg([b'x'], [(1, 1, array.array('i', [3]))])",
        "error",
    ),
    Hostile("ring of requests", SYSCALL + "call(425, 8, 0)", "refused"),
)

PROCESSES = (
    Hostile("fork", OS + "os.fork()", "refused error"),
    Hostile(
        "fork bomb",
        OS + "while True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "refused timeout",
    ),
    Hostile("shell", OS + "assert os.system('id') != 0", "ok refused error"),
    Hostile("subprocess", "import subprocess\nsubprocess.run(['id'])", "error refused"),
    Hostile("spawn", OS + "os.posix_spawn('/bin/true', ['true'], {})", "error refused"),
    Hostile("become another", OS + "os.execv('/bin/sh', ['sh'])", "refused"),
    Hostile("thread", "import threading\nthreading.Thread(target=print).start()", "error"),
    Hostile(
        "threads of torch",
        TORCH + "torch.set_num_threads(8)\na = torch.randn(500, 500)\na @ a",
        "ok crash error",
    ),
    Hostile(
        "workers of a loader",
        TORCH
        + "from torch.utils.data import DataLoader\nlist(DataLoader(list(range(8)), num_workers=2))",
        "error refused",
    ),
    Hostile(
        "multiprocessing",
        "import multiprocessing\nmultiprocessing.Process(target=print).start()",
        "error refused",
    ),
    Hostile(
        "compile",
        TORCH + "torch.compile(lambda x: x * 2)(torch.ones(2))",
        "error refused crash memory timeout ok",
    ),
    Hostile("raw vfork", SYSCALL + "call(58)", "refused"),
    Hostile("raw clone", SYSCALL + "print(call(56, 0, 0, 0, 0, 0))", "ok"),
)

OTHERS = (
    Hostile("kill the parent", OS + "os.kill(os.getppid(), 9)", "refused"),
    Hostile("kill all", OS + "os.kill(-1, 9)", "refused"),
    Hostile("kill the group", OS + "os.killpg(0, 9)", "refused"),
    Hostile(
        "signal a thread of others",
        SYSCALL + "import os\ncall(234, os.getppid(), os.getppid(), 9)",
        "refused",
    ),
    Hostile("signal by descriptor", SYSCALL + "call(424, 3, 9, 0, 0)", "refused"),
    Hostile(
        "limits of the parent",
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        "error",
    ),
    Hostile(
        "priority of the parent", OS + "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)", "error"
    ),
    Hostile("processors of the parent", OS + "os.sched_setaffinity(os.getppid(), {0})", "error"),
    Hostile("lock all memory", SYSCALL + "print(call(151, 3))", "ok"),
    Hostile("shared segment", SYSCALL + "print(call(29, 0, 1 << 30, 0o1600))", "ok"),
    Hostile("memory as a file", OS + "os.memfd_create('x')", "refused"),
    Hostile("own namespace", SYSCALL + "print(call(272, 0x10000000))", "ok"),
    Hostile("another filter", SYSCALL + "print(call(317, 1, 0, 0))", "ok"),
    Hostile("program for the kernel", SYSCALL + "call(321, 0, 0, 0)", "refused"),
    Hostile("x32 calls", SYSCALL + "call(0x40000000 | 39)", "refused"),
    Hostile("become root", OS + "os.setuid(0)", "error"),
    Hostile(
        "raise limits",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
        "error",
    ),
    Hostile("patch torch", TORCH + "torch.Tensor.add = None\ntorch.ones = None", "ok"),
    Hostile(
        "patch Python",
        "import builtins\nbuiltins.len = builtins.print = builtins.isinstance = None",
        "ok error crash",
    ),
    Hostile(
        "break the recorder",
        "import sys\nfor name in list(sys.modules):\n    if 'explorer' in name or 'msgspec' in name:\n        vars(sys.modules[name]).clear()",
        "ok error crash",
    ),
)

TIME = (
    Hostile("loop", "while True:\n    pass", "timeout"),
    Hostile(
        "loop that catches",
        "while True:\n    try:\n        x = 1\n    except BaseException:\n        pass",
        "timeout",
    ),
    Hostile(
        "generator",
        "def f():\n    while True:\n        yield 1\nfor x in f():\n    pass",
        "timeout",
    ),
    Hostile("one builtin", "import itertools\nsum(itertools.count())", "timeout"),
    Hostile("one power", "x = 10 ** 10 ** 8", "timeout memory"),
    Hostile(
        "one product",
        TORCH + "a = torch.randn(4000, 4000)\nfor _ in range(100):\n    a = a @ a",
        "timeout memory",
    ),
    Hostile("sleep", "import time\ntime.sleep(10 ** 6)", "timeout"),
    Hostile(
        "colliding keys", "{i * (2 ** 61 - 1): 0 for i in range(10 ** 6)}", "timeout memory ok"
    ),
    Hostile("regular expression", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", "timeout"),
    Hostile(
        "sort that never ends",
        "class K:\n    def __lt__(self, other):\n        while True: pass\nsorted([K(), K()])",
        "timeout",
    ),
    Hostile(
        "error that cannot be told",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "timeout error",
    ),
    Hostile(
        "value that cannot be shown",
        "class V:\n    def __repr__(self):\n        while True: pass\nx = V()",
        "timeout ok",
    ),
    Hostile(
        "hook that never ends",
        TORCH
        + "w = torch.ones(1, requires_grad=True)\ny = w * 2\ndef hook(g):\n    while True: pass\ny.register_hook(hook)\ny.sum().backward()",
        "timeout",
    ),
    Hostile(
        "hook of an implicit backward",
        TORCH
        + "w = torch.ones(1, requires_grad=True)\ny = w * 2\ndef hook(g):\n    while True: pass\ny.register_hook(hook)\nz = y.sum()",
        "timeout",
    ),
    Hostile(
        "ignored signals",
        "import signal\nfor n in (signal.SIGXCPU, signal.SIGPROF, signal.SIGALRM):\n    signal.signal(n, signal.SIG_IGN)\nwhile True:\n    pass",
        "timeout",
    ),
    Hostile(
        "blocked signals",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    pass",
        "timeout",
    ),
    Hostile(
        "stopped by itself",
        "import signal\nsignal.raise_signal(signal.SIGSTOP)\nwhile True:\n    pass",
        "timeout",
    ),
    Hostile(
        "bomb of timers",
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)\nwhile True:\n    pass",
        "timeout",
    ),
    Hostile(
        "endless iteration of a tensor",
        TORCH + "x = torch.ones(1)\nwhile x.sum() > 0:\n    x = x + 1",
        "timeout",
    ),
)

MEMORY = (
    Hostile("one tensor", TORCH + "torch.zeros(10 ** 12)", "memory error"),
    Hostile("one tensor just above", TORCH + "torch.zeros(10 ** 8)", "memory"),
    Hostile(
        "many tensors",
        TORCH + "kept = []\nwhile True:\n    kept.append(torch.ones(10 ** 6))",
        "memory timeout",
    ),
    Hostile("copy of a view", TORCH + "torch.ones(1).expand(10 ** 12).clone()", "memory error"),
    Hostile("list", "x = [0]\nwhile True:\n    x = x * 2", "memory timeout"),
    Hostile("text", "x = 'a' * 10 ** 11", "memory"),
    Hostile("width of a format", "x = f'{1:{10 ** 10}}'", "memory error"),
    Hostile("integer", "x = 1 << 10 ** 11", "memory"),
    Hostile("bytes", "x = bytearray(10 ** 10)", "memory"),
    Hostile("small pieces", "kept = []\nwhile True:\n    kept.append([0] * 100)", "memory timeout"),
    Hostile(
        "growing graph",
        TORCH + "x = torch.ones(1000, requires_grad=True)\nwhile True:\n    x = x * 1.01",
        "memory timeout too_large",
    ),
    Hostile(
        "huge view",
        TORCH + "x = torch.ones(1).expand(10 ** 12)\nprint(x.shape)",
        "ok memory timeout",
    ),
    Hostile(
        "deep list",
        "x = []\nfor _ in range(10 ** 6):\n    x = [x]\nprint(x)",
        "error memory timeout crash ok",
    ),
    Hostile("shared memory", "import mmap\nmmap.mmap(-1, 1 << 30)", "error"),
)

STACK = (
    Hostile("recursion", "def f():\n    f()\nf()", "error"),
    Hostile(
        "recursion in repr",
        "class R:\n    def __repr__(self):\n        return repr(self)\nprint(R())",
        "error",
    ),
    Hostile(
        "recursion without a limit",
        "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f():\n    f()\nf()",
        "crash error memory timeout",
    ),
    Hostile(
        "deep chain",
        TORCH
        + "x = torch.ones(1, requires_grad=True)\nfor _ in range(3000):\n    x = x + 1\nx.backward()",
        "ok timeout too_large",
    ),
    Hostile(
        "native stack",
        "import ctypes\nF = ctypes.CFUNCTYPE(None)\ng = F(lambda: g())\ng()",
        "ok crash error",
    ),
)

PARSER = (
    Hostile("brackets", "(" * 50_000, "syntax"),
    Hostile("minuses", "-" * 50_000 + "1", "syntax error memory"),
    Hostile("attributes", "x" + ".y" * 30_000, "syntax error memory crash"),
    Hostile("sum", "1" + "+1" * 40_000, "ok syntax error memory crash"),
    Hostile("calls", "f" + "()" * 30_000, "syntax error memory crash"),
    Hostile("lambdas", "lambda: " * 10_000 + "1", "syntax error memory crash"),
    Hostile("branches", "if 0: pass\n" + "elif 0: pass\n" * 5_000, "ok syntax error memory crash"),
    Hostile("indents", "".join(" " * n + "if 1:\n" for n in range(150)), "syntax"),
    Hostile("digits", "x = " + "9" * 90_000, "syntax"),
    Hostile("nothing byte", "x = '\0'", "syntax"),
    Hostile("direction of text", "x = 1 # \u202e txet", "ok"),
    Hostile("f-strings in f-strings", "f'{f\"{f'''{1}'''}\"}'", "ok syntax"),
    Hostile("long line", "x = [" + "1," * 45_000 + "]", "ok"),
    Hostile("many lines", "x = 1\n" * 16_000, "ok timeout too_large"),
    Hostile("many names", "\n".join(f"v{n} = {n}" for n in range(7_000)), "ok timeout too_large"),
)

CRASHES = (
    Hostile("null pointer", "import ctypes\nctypes.string_at(0)", "crash"),
    Hostile("abort", OS + "os.abort()", "crash"),
    Hostile("exit", OS + "os._exit(0)", "crash"),
    Hostile("exit with a code", OS + "os._exit(66)", "crash"),
    Hostile("own signal", "import signal\nsignal.raise_signal(signal.SIGTERM)", "crash"),
    Hostile("own stop", "import signal\nsignal.raise_signal(signal.SIGUSR1)", "crash"),
    Hostile(
        "sparse index",
        TORCH
        + "i = torch.full((2, 1), 10 ** 9)\ntorch.sparse_coo_tensor(i, torch.ones(1), (2, 2), is_coalesced=True, check_invariants=False).to_dense()",
        "crash",
    ),
    Hostile(
        "sparse rows",
        TORCH
        + "a = torch.sparse_csr_tensor(torch.tensor([0, 10 ** 9]), torch.tensor([0]), torch.ones(1), (1, 1), check_invariants=False)\na @ torch.ones(1, 1)",
        "crash error ok",
    ),
    Hostile(
        "unsafe segments",
        TORCH
        + "torch.segment_reduce(torch.ones(3), 'sum', lengths=torch.tensor([10 ** 9]), unsafe=True)",
        "crash error",
    ),
    Hostile("strides out of bounds", TORCH + "torch.ones(1).as_strided((10 ** 9,), (1,))", "error"),
    Hostile(
        "resized storage",
        TORCH + "x = torch.ones(10)\nx.untyped_storage().resize_(0)\nprint(x)",
        "crash error ok",
    ),
)

OUTPUT = (
    Hostile("endless print", "while True:\n    print('x' * 1000)", "timeout too_large memory"),
    Hostile("one huge print", "print('x' * 10 ** 7)", "ok too_large"),
    Hostile(
        "all of a tensor",
        TORCH + "torch.set_printoptions(threshold=10 ** 9)\nprint(torch.ones(10 ** 5))",
        "ok timeout too_large memory",
    ),
    Hostile("complaints", OS + "while True:\n    os.write(2, b'x' * 60_000)", "timeout"),
    Hostile("huge error", "raise ValueError('x' * 10 ** 7)", "error"),
    Hostile(
        "answer without end",
        OS + "while True:\n    os.write(3, b'x' * 60_000)",
        "too_large timeout",
    ),
    Hostile(
        "answer bit by bit",
        "import os, time\nwhile True:\n    os.write(3, b' ')\n    time.sleep(0.1)",
        "timeout",
    ),
    Hostile("forged: not JSON", OS + "os.write(3, b'cposix\\nsystem\\n')", "crash"),
    Hostile(
        "forged: deep",
        OS + "for _ in range(100):\n    os.write(3, b'[' * 10_000)\nos.write(3, b'\\n')",
        "crash",
    ),
    Hostile("forged: not UTF-8", OS + "os.write(3, b'\"\\xff\"\\n')", "crash"),
    Hostile(
        "forged: another's",
        OS + 'os.write(3, b\'{"format":1,"program":{"source":"x"}}\\n\')',
        "crash",
    ),
    Hostile("forged: NaN", OS + 'os.write(3, b\'{"format":1,"program":NaN}\\n\')', "crash"),
    Hostile(
        "forged: long number", OS + "os.write(3, b'{\"format\":' + b'9' * 5_000 + b'}\\n')", "crash"
    ),
    Hostile(
        "forged: future",
        OS + 'os.write(3, b\'{"format":99,"program":{"source":"x"}}\\n\')',
        "crash",
    ),
    Hostile(
        "forged: rows without bytes",
        OS
        + "rows = {name: {'count': 1_000_000} for name in ('nodes', 'edges', 'frames')}\n"
        + "one = {'index': 0, 'how': 'grad', 'root': 'x', 'columns': {'shapes': [[1]], **rows}}\n"
        + "import json\n"
        + "trace = {'format': 2, 'program': {'source': ''}, 'passes': [one] * 40}\n"
        + "os.write(3, json.dumps({'tensors': [], 'trace': trace}).encode() + b'\\n')\n"
        + "os._exit(0)  # before the worker's own answer comes behind it",
        "crash",
        "more rows than an answer of this size has",
    ),
    Hostile(
        "forged: many passes",
        OS
        + "import json\n"
        + "one = {'index': 0, 'how': 'grad', 'root': 'x'}\n"
        + "trace = {'format': 2, 'program': {'source': ''}, 'passes': [one] * 20_000}\n"
        + "text = json.dumps({'tensors': [], 'trace': trace}).encode() + b'\\n'\n"
        + "while text:\n    text = text[os.write(3, text):]\n"
        + "os._exit(0)  # before the worker's own answer comes behind it",
        "crash",
        "20,000 passes",
    ),
    Hostile(
        "markup in names",
        "from torch import nn\nx = {'<script>alert(1)</script>': 1}\nprint('<img src=x onerror=alert(1)>')",
        "ok",
    ),
)

HOSTILE = (
    *FILES,
    *SECRETS,
    *NETWORK,
    *PROCESSES,
    *OTHERS,
    *TIME,
    *MEMORY,
    *STACK,
    *PARSER,
    *CRASHES,
    *OUTPUT,
    *FACADES,
)

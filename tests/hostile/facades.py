"""What copies of the modules, with holes cut out, would have kept from a program: the jail does.

Each goes round a reading of the text, and reaches what the module carries along.
"""

from __future__ import annotations

from tests.hostile.attempt import CANARY, TORCH, Hostile

LOOK = f".stat('{CANARY}')"
DENIED = "Operation not permitted"
LIBRARY = "/usr/lib/x86_64-linux-gnu/libz.so.1"

FACADES = (
    Hostile("name by name", TORCH + f"getattr(torch, 'o' + 's'){LOOK}", "error", DENIED),
    Hostile("name in its dictionary", TORCH + f"vars(torch)['os']{LOOK}", "error", DENIED),
    Hostile(
        "name through a path",
        f"import operator, torch\noperator.attrgetter('os.stat')(torch)('{CANARY}')",
        "error",
        DENIED,
    ),
    Hostile(
        "name through a pattern",
        TORCH + f"match torch:\n    case object(os=found):\n        found{LOOK}",
        "error",
        DENIED,
    ),
    Hostile(
        "name through a format",
        TORCH + "assert '{0.os.environ}'.format(torch) == 'environ({})'",
        "ok",
    ),
    Hostile(
        "module of a module",
        TORCH + f"torch.nn.functional.warnings.sys.modules['os']{LOOK}",
        "error",
        DENIED,
    ),
    Hostile(
        "function of a module",
        TORCH + f"torch.functools.partial(torch.builtins.open, '{CANARY}')()",
        "error",
        DENIED,
    ),
    Hostile(
        "library of a module",
        TORCH + "torch.ctypes.CDLL(None).system(b'id')",
        "ok refused error crash",
    ),
    Hostile("module of random", f"import random\nrandom._os{LOOK}", "error", DENIED),
    Hostile("module of typing", f"import typing\ntyping.sys.modules['os']{LOOK}", "error", DENIED),
    Hostile(
        "module of collections",
        f"import collections\ncollections._sys.modules['os']{LOOK}",
        "error",
        DENIED,
    ),
    Hostile(
        "hints of types",
        f"import typing\nclass A:\n    x: \"__import__('os'){LOOK}\"\ntyping.get_type_hints(A)",
        "error",
        DENIED,
    ),
    Hostile(
        "copy of an object",
        f"import copy\nclass A:\n    def __reduce_ex__(self, _):\n        return eval, (\"__import__('os'){LOOK}\",)\ncopy.copy(A())",
        "error",
        DENIED,
    ),
    Hostile(
        "pickle",
        f"import pickle\nclass A:\n    def __reduce__(self):\n        return open, ('{CANARY}',)\npickle.loads(pickle.dumps(A()))",
        "error",
        DENIED,
    ),
    Hostile(
        "globals of a function",
        f"import functools, torch\ndef f(): pass\nfunctools.update_wrapper(f, torch.save, (), ('__globals__',))\nos{LOOK}",
        "error",
        DENIED,
    ),
    Hostile(
        "globals of a method",
        TORCH + f"torch.nn.Module.__init__.__globals__['torch'].os{LOOK}",
        "error",
        DENIED,
    ),
    Hostile(
        "frame of a generator",
        f"def f():\n    yield\ng = f()\nnext(g)\ng.gi_frame.f_builtins['open']('{CANARY}')",
        "error",
        DENIED,
    ),
    Hostile(
        "frame of an error",
        f"try:\n    1 / 0\nexcept ZeroDivisionError as fault:\n    fault.__traceback__.tb_frame.f_builtins['open']('{CANARY}')",
        "error",
        DENIED,
    ),
    Hostile(
        "frames of the recorder",
        f"import sys\nframe = sys._getframe()\nwhile frame.f_back:\n    frame = frame.f_back\nframe.f_globals['os']{LOOK}",
        "error",
        DENIED,
    ),
    Hostile("module of a builtin", f"print.__self__.open('{CANARY}')", "error", DENIED),
    Hostile(
        "loader of a module", TORCH + f"torch.__loader__.get_data('{CANARY}')", "error", DENIED
    ),
    Hostile(
        "package of torch", TORCH + f"torch.package.PackageImporter('{CANARY}')", "error", DENIED
    ),
    Hostile(
        "library for operators",
        TORCH + f"torch.ops.load_library('{LIBRARY}')",
        "error",
        "Could not load this library",
    ),
    Hostile("script", TORCH + "torch.jit.script(lambda x: x)", "error", "Can't get source"),
    Hostile(
        "extension",
        TORCH
        + "from torch.utils.cpp_extension import load_inline\nload_inline('a', 'int f() { return 1; }', functions=['f'])",
        "error refused",
        "No module named",
    ),
    Hostile(
        "group of processes",
        TORCH
        + "torch.distributed.init_process_group('gloo', init_method='tcp://127.0.0.1:9', rank=0, world_size=2)",
        "error refused",
        "Failed to init",
    ),
    Hostile(
        "spawn of torch",
        TORCH + "torch.multiprocessing.spawn(print, nprocs=1)",
        "error refused",
        DENIED,
    ),
    Hostile("shared tensor", TORCH + "torch.ones(8).share_memory_()", "error refused", DENIED),
    Hostile(
        "clock of the machine",
        "import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)",
        "error",
        DENIED,
    ),
    Hostile(
        "object overwritten",
        "import ctypes\nctypes.memset(id(print), 255, 64)\nprint(1)",
        "crash ok error",
    ),
    Hostile(
        "memory of nobody",
        TORCH + "x = torch.ones(4)\nx.set_(x.untyped_storage(), 10 ** 12, (1,), (1,))\nprint(x)",
        "error memory crash",
    ),
    Hostile(
        "buffer of nobody",
        "import ctypes, torch\ntorch.frombuffer((ctypes.c_char * 64).from_address(4096), dtype=torch.uint8).sum()",
        "crash error",
    ),
    Hostile(
        "settings for the next",
        TORCH + "torch.set_default_device('meta')\ntorch.set_default_dtype(torch.float64)\n"
        "torch.set_grad_enabled(False)\ntorch.use_deterministic_algorithms(True)\n"
        "torch.set_flush_denormal(True)\ntorch.manual_seed(1)\ntorch.autograd.set_detect_anomaly(True)",
        "ok",
    ),
    Hostile(
        "hooks for the next",
        TORCH + "from torch.nn.modules.module import register_module_forward_hook\n"
        "register_module_forward_hook(lambda *_: 1 / 0)\n"
        "torch.utils.data.DataLoader = torch.Tensor.backward = torch.autograd.backward = None",
        "ok crash error",
    ),
)

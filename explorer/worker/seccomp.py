"""The system calls that a worker keeps, as a filter for the kernel (seccomp, classic BPF).

A worker that has its code in memory and PyTorch loaded needs memory, clocks, randomness, its own
signals, `write` on the descriptors it was given, and exit. It cannot open, look at, connect to,
start or signal anything. https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Mapping

WRITABLE = (1, 2, 3)
"""Descriptors: /dev/null, complaints, answer."""

_X86_64, _AARCH64 = 0, 1
_MACHINES = {"x86_64": (_X86_64, 0xC000003E), "aarch64": (_AARCH64, 0xC00000B7)}
"""Machine -> column of the tables below, and AUDIT_ARCH_* from linux/audit.h."""

Calls = Mapping[str, tuple[int | None, int | None]]

# Numbers from asm/unistd_64.h (x86_64) and asm-generic/unistd.h (aarch64); None: does not exist.
_ALLOWED: Calls = {
    "munmap": (11, 215),
    "madvise": (28, 233),
    "futex": (202, 98),
    "brk": (12, 214),
    # With PROT_EXEC too: oneDNN compiles its kernels while it runs.
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getrandom": (318, 278),
    "rt_sigreturn": (15, 139),
    "rt_sigprocmask": (14, 135),
    "rt_sigaction": (13, 134),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}

# No honest run calls these: ending the process at once leaves the least room.
_FATAL: Calls = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "tkill": (200, 130),
    "socket": (41, 198),
    "memfd_create": (319, 279),
    "io_uring_setup": (425, 425),
    "pidfd_send_signal": (424, 424),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "add_key": (248, 217),
}
_MMAP = (9, 222)
_WRITES = ((1, 64), (20, 66))
"""write and writev."""
_TGKILL = (234, 131)
_CLONE = (56, 220)
_CLONE3 = (435, 435)

# Instructions (linux/bpf_common.h) and verdicts (linux/seccomp.h).
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
"""Offsets in struct seccomp_data; of each 64-bit argument the low half is looked at."""
_X32 = 0x40000000
"""Bit of the numbers of x86's third calling convention."""
_MAP_SHARED = 0x01

OWN_PID = 0x7ABCDEF1
"""Stands in the template where each worker writes its own process id."""

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def template() -> bytes | None:
    """The filter but for the process id; None for a machine whose numbers are not known here."""
    known = _MACHINES.get(platform.machine())
    return build(*known) if known else None


def install(filter_template: bytes, pid: int) -> None:
    """Locks the calling thread in, for ever; raises OSError where the kernel refuses.

    Needs no_new_privs.
    """
    code = filter_template.replace(struct.pack("=I", OWN_PID), struct.pack("=I", pid))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    if _LIBC.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def build(machine: int, arch: int) -> bytes:
    """The template for a machine: its column in the tables, and its AUDIT_ARCH number."""
    deny = _return(_ERRNO | errno.EPERM)
    parts = [_op(_LOAD, _ARCH_AT), _op(_EQUAL, arch, 1, 0), _return(_KILL)]
    parts.append(_op(_LOAD, _NUMBER_AT))
    if machine == _X86_64:
        parts += [_op(_AT_LEAST, _X32, 0, 1), _return(_KILL)]
    # Shared memory would not count against the worker's limit.
    shared = [_argument(3), _op(_ANY_BIT, _MAP_SHARED, 0, 1), deny, _return(_ALLOW)]
    parts += _case(_MMAP[machine], shared)
    for write in _WRITES:
        given = [part for fd in WRITABLE for part in (_op(_EQUAL, fd, 0, 1), _return(_ALLOW))]
        parts += _case(write[machine], [_argument(0), *given, deny])
    # abort() and faulthandler send signals to their own process.
    itself = [_argument(0), _op(_EQUAL, OWN_PID, 0, 1), _return(_ALLOW), _return(_KILL)]
    parts += _case(_TGKILL[machine], itself)
    # What the kernel says when there may be no more processes; the libraries know how to take it.
    parts += _case(_CLONE3[machine], [_return(_ERRNO | errno.ENOSYS)])
    parts += _case(_CLONE[machine], [_return(_ERRNO | errno.EAGAIN)])
    for calls, verdict in ((_ALLOWED, _ALLOW), (_FATAL, _KILL)):
        for call in calls.values():
            parts += _case(call[machine], [_return(verdict)])
    return b"".join([*parts, deny])


def _case(number: int | None, body: list[bytes]) -> list[bytes]:
    """The body, which returns in every path, for this call alone."""
    return [] if number is None else [_op(_EQUAL, number, 0, len(body)), *body]


def _argument(index: int) -> bytes:
    return _op(_LOAD, _ARGUMENTS_AT + 8 * index)


def _return(verdict: int) -> bytes:
    return _op(_RETURN, verdict)


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """struct sock_filter"""
    return struct.pack("=HBBI", code, if_true, if_false, value)

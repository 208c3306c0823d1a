"""The filter for both machines, run by a small interpreter of the kernel's instructions."""

from __future__ import annotations

import struct

import pytest

from explorer.worker import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, EAGAIN, ENOSYS = (0x00050000 | number for number in (1, 11, 38))
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
PID = 1234

# What the call is, its numbers on both machines, its arguments, and the verdict.
CASES = [
    ("read", (0, 63), (), EPERM),
    ("close", (3, 57), (), EPERM),
    ("openat", (257, 56), (), EPERM),
    ("unlinkat", (263, 35), (), EPERM),
    ("ioctl", (16, 29), (), EPERM),
    ("prctl", (157, 167), (), EPERM),
    ("seccomp", (317, 277), (), EPERM),
    ("prlimit64", (302, 261), (), EPERM),
    ("setuid", (105, 146), (), EPERM),
    ("unshare", (272, 97), (), EPERM),
    ("sendmsg", (46, 211), (), EPERM),
    ("shmget", (29, 194), (), EPERM),
    ("dup3", (292, 24), (), EPERM),
    ("socket", (41, 198), (), KILL),
    ("execve", (59, 221), (), KILL),
    ("kill", (62, 129), (), KILL),
    ("ptrace", (101, 117), (), KILL),
    ("bpf", (321, 280), (), KILL),
    ("clone", (56, 220), (), EAGAIN),
    ("clone3", (435, 435), (), ENOSYS),
    ("write to the answer", (1, 64), (3,), ALLOW),
    ("write to complaints", (1, 64), (2,), ALLOW),
    ("write elsewhere", (1, 64), (4,), EPERM),
    ("writev elsewhere", (20, 66), (5,), EPERM),
    ("mmap private", (9, 222), (0, 0, 3, 0x22), ALLOW),
    ("mmap shared", (9, 222), (0, 0, 3, 0x21), EPERM),
    ("tgkill of itself", (234, 131), (PID,), ALLOW),
    ("tgkill of another", (234, 131), (1,), KILL),
    ("futex", (202, 98), (), ALLOW),
    ("munmap", (11, 215), (), ALLOW),
    ("clock_gettime", (228, 113), (), ALLOW),
    ("exit_group", (231, 94), (), ALLOW),
    ("setitimer", (38, 103), (), ALLOW),
    ("rt_sigreturn", (15, 139), (), ALLOW),
]


def verdict(machine: str, number: int, arguments: tuple[int, ...], arch: int | None = None) -> int:
    """What the kernel would do with this call."""
    column, own_arch = MACHINES[machine]
    code = seccomp.build(column, own_arch).replace(
        struct.pack("=I", seccomp.OWN_PID), struct.pack("=I", PID)
    )
    data = struct.pack("=IIQ6Q", number, arch or own_arch, 0, *(*arguments, *([0] * 6))[:6])
    position, accumulator = 0, 0
    while True:
        op, if_true, if_false, value = struct.unpack_from("=HBBI", code, 8 * position)
        position += 1
        if op == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif op == 0x06:
            return int(value)
        else:
            tests = {0x15: accumulator == value, 0x35: accumulator >= value}
            holds = tests.get(op, bool(accumulator & value))
            position += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("numbers", "arguments", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_each_call_gets_its_verdict(
    machine: str, numbers: tuple[int, int], arguments: tuple[int, ...], expected: int
) -> None:
    number = numbers[MACHINES[machine][0]]
    assert verdict(machine, number, arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    """32-bit numbers mean other calls; "exit" there is "write" here."""
    assert verdict(machine, 1, (3,), arch=0x40000003) == KILL


def test_the_third_calling_convention_of_x86_ends_the_process() -> None:
    assert verdict("x86_64", 0x40000000 | 1, (3,)) == KILL


def test_a_call_that_no_table_names_is_denied() -> None:
    for machine in MACHINES:
        assert verdict(machine, 9999, ()) == EPERM

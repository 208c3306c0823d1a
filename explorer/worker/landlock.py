"""No files, no network, no signals to others: Landlock, the kernel's second lock beside seccomp.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""System calls, the same numbers on every machine."""
_VERSION = 1
"""Flag: only tell the version of the interface."""

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""Version -> how many rights to files it knows; 16 from version 5 on."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11

_LIBC = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Version of the kernel's interface; 0 where it has none."""
    found = _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    return max(found, 0)


def close_everything() -> None:
    """Handles every right that the kernel knows and grants none, for this thread and for ever.

    Needs no_new_privs; raises OSError where the kernel refuses.
    """
    known = version()
    fields = [(1 << _FILE_RIGHTS.get(known, 16)) - 1]
    if known >= _NETWORK_SINCE:
        fields.append(_BIND_AND_CONNECT)
    if known >= _SCOPES_SINCE:
        fields.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0 or _syscall(_RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(ruleset)


def _syscall(number: int, *arguments: object) -> int:
    return int(_LIBC.syscall(number, *arguments))

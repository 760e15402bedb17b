"""The first thing a started process runs: become the right user, bind its life to the parent, exec the program.

Run as a script with ``python -I -S`` so that nothing but the standard library is needed. Facts of Linux used
(man prctl(2), capabilities(7)):

- the parent-death signal is lost when the user changes, so it is set after that; it fires when the *thread* that
  started the process ends, so processes are started from the main thread;
- PostgreSQL refuses to run as root. Under a folder closed to others (root's home) an unprivileged user could not even
  reach its own data, so the one capability to walk through folders is kept. It survives exec only when it is ambient,
  and access(2), with which initdb looks for its own programs, heeds it only when the user change leaves it alone.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CANNOT_START = 126


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def become(uid: int, gid: int, *, reach_closed_folders: bool) -> None:
    """Give up root for good; keep at most the right to walk through closed folders."""
    capability = _walking_capability() if reach_closed_folders else None
    libc = ctypes.CDLL(None, use_errno=True)
    if capability is not None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if capability is not None:
        bit = 1 << capability
        sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets(0, 0, 0))
        libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), ctypes.byref(sets))
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _walking_capability() -> int | None:
    """Reading and searching alone if we may hand it on, else the wider one that containers grant."""
    with open("/proc/self/status") as status:
        permitted = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    held = [c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if permitted >> c & 1]
    return held[0] if held else None


def die_with(parent: int, farewell: int) -> None:
    """Ask the kernel for the signal ``farewell`` when the parent ends; leave at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, farewell, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(CANNOT_START)


def main(arguments: list[str]) -> None:
    parent, farewell, uid, gid, closed = (int(value) for value in arguments[:5])
    command = arguments[5:]
    if uid >= 0:
        become(uid, gid, reach_closed_folders=bool(closed))
    die_with(parent, farewell)
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main(sys.argv[1:])

"""A network of its own for one process: a loopback interface, every port free, and nothing else.

    python own_network.py -c 'import socket; …'

runs Python so, with the arguments that follow. Velero's fixed port is then no bound on how many
clusters run side by side, see `velero_port`. Root may do it, unless a container forbids it; a user
may where the system gives users namespaces of their own. Files belong to whom they did before.

It is done here and not by `unshare` and `ip`, which not every machine has.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h
_SET_FLAGS, _UP = 0x8914, 0x1 | 0x40  # SIOCSIFFLAGS; IFF_UP and IFF_RUNNING


def command() -> list[str]:
    """Return what to put in front of Python's arguments."""
    return [sys.executable, __file__]


def is_allowed() -> bool:
    """Return whether this machine lets us have one, by trying it in a child."""
    done = subprocess.run([*command(), "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


def enter() -> None:
    """Move this process into a network of its own; it must not have started a thread yet.

    Raises:
        OSError: the system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _unshare(_NEW_NETWORK)
    else:
        _unshare(_NEW_USER | _NEW_NETWORK)
        # Ourselves and nobody else: whoever is root here would no longer be tested as a user.
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))


def _unshare(flags: int) -> None:
    # os.unshare is of Python 3.12
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")


if __name__ == "__main__":
    try:
        enter()
    except OSError as error:
        sys.exit(f"No network of its own: {error}")
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])  # noqa: S606 - no shell is the point

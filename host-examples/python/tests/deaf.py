"""A directory on a disk that does not answer, as a server's that is gone: whoever asks it waits."""

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_DETACH = 2


@contextmanager
def deaf(path: Path) -> Iterator[None]:
    """Mount a file system there that answers nothing but the kernel's first greeting."""
    device = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
        if _LIBC.mount(b"deaf", os.fsencode(path), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        try:
            _greet(device)
            yield
        finally:
            _LIBC.umount2(os.fsencode(path), _DETACH)
    finally:
        # With it, whoever waits gets an error.
        os.close(device)


def _greet(device: int) -> None:
    _length, _operation, number = struct.unpack_from("=IIQ", os.read(device, 1 << 20))
    header, protocol, rest = (80, 0, number), (7, 31), bytes(56)
    os.write(device, struct.pack("=IiQII", *header, *protocol) + rest)


def can_mount() -> bool:
    """Tell whether this process may do that."""
    return os.geteuid() == 0 and os.path.exists("/dev/fuse")

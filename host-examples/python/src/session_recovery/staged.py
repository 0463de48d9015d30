"""Writes a file under a name of its own, whole and durable, before it gets its final name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from session_recovery.access import Access
from session_recovery.directory import Directory


@contextmanager
def staged(
    directory: Directory, name: str, content: bytes, access: Access | None
) -> Iterator[None]:
    """Write and sync a file, let the caller give it its final name, and sync the directory.

    Only this user can read the file until it has the wanted access. The name is removed in the end.
    """
    handle = directory.handle
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(name, flags, 0o600, dir_fd=handle)
    try:
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            if access is not None:
                directory.give(access, file)
            os.fsync(file)
        yield
    finally:
        with suppress(OSError):
            os.unlink(name, dir_fd=handle)
    os.fsync(handle)

"""From the types of this package to the values that wasmtime takes."""

from dataclasses import asdict

from wasmtime.component import Record

from session_recovery.answers import Change


def change(change: Change) -> Record:
    """Lower a `change`."""
    record = Record()
    for name, value in asdict(change).items():
        setattr(record, name.replace("_", "-"), value)
    return record

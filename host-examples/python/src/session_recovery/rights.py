"""What the system lets this process do in spite of modes and owners."""

import os
from enum import IntFlag


class Capability(IntFlag):
    """A capability, as a bit of the mask in `/proc`."""

    CHOWN = 1
    DAC_OVERRIDE = 1 << 1
    FOWNER = 1 << 3


def holds(capability: Capability) -> bool:
    """Tell whether this process has a capability, which root in a container may lack."""
    try:
        with open("/proc/self/status", "rb") as lines:
            held = next(line for line in lines if line.startswith(b"CapEff:"))
    except (OSError, StopIteration):
        return os.geteuid() == 0
    return int(held.split()[1], 16) & capability == capability

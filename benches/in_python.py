"""Calls the original module, or its replacement, in a process of its own.

    python in_python.py (original|drop_in) recover-all DIR
    python in_python.py (original|drop_in) (recover|inspect|warm) DIR ID

`warm` gives the median time of many inspections, in milliseconds.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from types import ModuleType

_TIMES = 200


def warm(module: ModuleType, live: Path) -> str:
    """Time the inspection of a session as a server's later calls make it."""
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        module.inspect(live)
        times.append(time.perf_counter() - start)
    return f"{1000 * median(times):.2f}"


if __name__ == "__main__":
    name, task, directory, *ids = sys.argv[1:]
    module = import_module(name)
    live = [Path(directory, f"{session}.json") for session in ids]
    if task == "recover-all":
        print(json.dumps(module.recover_all(Path(directory))))
    elif task == "warm":
        print(warm(module, *live))
    else:
        print(json.dumps(getattr(module, task)(*live)))

"""The thread with a umask of its own is waited for, whatever interrupts that."""

import subprocess
import sys


def test_work_is_waited_for_however_often_it_is_interrupted() -> None:
    script = """
import os, signal, threading
from types import SimpleNamespace
from session_recovery import private_thread
reading, writing = os.pipe()
class Lock:
    def __init__(self):
        self.release, self.wait = (lock := threading.Lock()).release, lock.acquire
    def acquire(self, timeout=-1):
        os.write(writing, b"x")
        return self.wait(timeout=timeout)
private_thread.threading = SimpleNamespace(Lock=Lock, TIMEOUT_MAX=threading.TIMEOUT_MAX)
def work():
    # The first one is for the thread to come.
    os.read(reading, 1)
    for _ in range(3):
        os.read(reading, 1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    print("done", flush=True)
try:
    private_thread.privately(work)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert ended.stdout == b"done\ninterrupted\n"

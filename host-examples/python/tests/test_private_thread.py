"""The thread with a umask of its own is waited for, whatever interrupts that."""

import subprocess
import sys


def test_work_is_waited_for_however_often_it_is_interrupted() -> None:
    script = """
import signal, threading
from session_recovery.private_thread import privately
is_waited_for = threading.Semaphore(0)
def wait(event, timeout=None, then=threading.Event.wait):
    is_waited_for.release()
    return then(event, timeout)
threading.Event.wait = wait
def work():
    # The first one waits for the thread to start.
    is_waited_for.acquire()
    for _ in range(3):
        is_waited_for.acquire()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    print("done", flush=True)
try:
    privately(work)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert ended.stdout == b"done\ninterrupted\n"

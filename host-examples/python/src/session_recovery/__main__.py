"""`python -m session_recovery`: the same as `session-recovery`."""

from session_recovery.command import run

run()

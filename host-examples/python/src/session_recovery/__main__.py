"""`python -m session_recovery`: the same as `session-recovery`, or as the original module."""

import sys

from session_recovery import command, dropin_command

if dropin_command.is_meant(sys.argv[1:]):
    dropin_command.run()
command.run()

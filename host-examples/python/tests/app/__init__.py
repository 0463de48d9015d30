"""Runs the application with the original module and with the drop-in, and compares them.

`cargo xtask app DIR` starts it, in the application's environment. It is no part of the package's
tests, because the application is not here: whoever runs it brings a checkout.
"""

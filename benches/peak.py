"""Runs a program, and prints how much memory it had at most, in MB."""

import resource
import subprocess
import sys

if __name__ == "__main__":
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    print(round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6))

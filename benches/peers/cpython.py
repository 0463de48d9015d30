"""Counts as the application reads: the whole file as text, then as Python's own objects."""

import json
import sys

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        print(len(json.load(file)["messages"]))

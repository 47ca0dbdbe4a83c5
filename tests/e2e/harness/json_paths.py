"""Normalized paths of RFC 9535, the outermost of nested ones, and documents with marks at them."""

import copy
import json
import re

STEP = re.compile(r"\[(?:'((?:[^'\\]|\\.)*)'|(\d+))\]")
MARK = "@@a value was here@@"


def steps(normalized):
    """`$['a'][0]` -> ('a', 0)."""
    assert normalized.startswith("$")
    found, position = [], 1
    while position < len(normalized):
        match = STEP.match(normalized, position)
        name, index = match.groups()
        found.append(int(index) if name is None else unescape(name))
        position = match.end()
    return tuple(found)


def unescape(name):
    """A normalized path escapes as JSON does, but for the quotes."""
    return json.loads('"' + name.replace("\\'", "'").replace('"', '\\"') + '"')


def outermost(paths):
    return {path for path in paths if not any(path[:length] in paths for length in range(len(path)))}


def with_marks(document, paths):
    """A copy of the document with MARK in place of the nodes at these paths."""
    if () in paths:
        return MARK
    marked = copy.deepcopy(document)
    for path in paths:
        parent = marked
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = MARK
    return marked

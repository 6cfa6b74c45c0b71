"""Damaged and forged files, thought up by hypothesis.

Each property sees 25 cases, always the same. `KGAN_FUZZ_CASES=2000 python -m pytest tests/fuzzing` sees as many new
ones; what it finds is printed with a line that repeats it.
"""

import contextlib
import copy
import json
import os
import re
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

CASES = os.environ.get("KGAN_FUZZ_CASES")
fuzzed = settings(
    max_examples=int(CASES or 25), derandomize=CASES is None, database=None, deadline=None, print_blob=CASES is not None
)

NASTY = st.sampled_from(
    [None, True, -1, 0, 10**12, 10**40, 1.5, float("nan"), float("inf"), "", "..", "/etc/passwd", "\0", "\ud800"]
)
NASTY |= st.builds(list) | st.builds(dict)
JSON = st.recursive(
    NASTY | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(document, at=()):
    """The paths to everything in a document."""
    yield at
    if isinstance(document, list):
        document = dict(enumerate(document))
    for key, one in document.items() if isinstance(document, dict) else ():
        yield from places(one, (*at, key))


@st.composite
def changed(draw, document):
    """The document with a few entries replaced, left out or added; as bytes."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from([place for place in places({"": document}) if place]))
        outer = {"": document}
        holder = outer
        for key in way:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "replace", "leave out", "add"]))
        if how == "add" and isinstance(holder[last], dict):
            holder[last][draw(st.text(max_size=8))] = draw(JSON)
        elif how == "leave out" and way:
            del holder[last]
        else:
            holder[last] = draw(JSON)
        document = outer[""]
    content = json.dumps(document).encode()
    return draw(damaged(content)) if draw(st.integers(0, 4)) == 0 else content


@st.composite
def damaged(draw, content):
    """The bytes with some of them changed, left out or repeated."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(content) - 1)))
        size = draw(st.integers(0, 9))
        how = draw(st.sampled_from(["change", "change", "cut", "end", "repeat", "extreme"]))
        if how == "change":
            content[start : start + size] = draw(st.binary(min_size=size, max_size=size))
        elif how == "extreme":
            content[start : start + 4] = draw(st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        elif how == "cut":
            del content[start : start + size]
        elif how == "repeat":
            content[start:start] = content[start : start + size]
        elif draw(st.booleans()):
            del content[start:]
    return bytes(content)


def names(folder):
    return sorted(path.name for path in Path(folder).rglob("*"))


@contextlib.contextmanager
def own_errors(kind):
    """Lets errors of this kind pass whose message says what was expected and what came; any other fails the test."""
    try:
        yield
    except kind as error:
        if not re.search(r"Expected .*Received: ", str(error), re.DOTALL) or len(str(error)) > 20_000:
            raise AssertionError(f"no message of ours: {error}") from error

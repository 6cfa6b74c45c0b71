"""How far a long command is: a line that a terminal shows, and a file or a pipe does not get."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["counting"]

AFTER, EVERY = 0.5, 0.1  # seconds until the line is shown, and between two of its states
WIDTH = 24  # characters of the bar


def counting(batches: Iterable[Any], count: int, stream: Any = None) -> Iterator[Any]:
    """The same batches, while a line says how many of `count` samples have been drawn, and how long it will take.

    Args:
        batches: Arrays, or sequences, of samples.
        count: Samples in all.
        stream: Where the line goes, if it is a terminal; `None` for standard error.
    """
    stream = sys.stderr if stream is None else stream
    if stream is None or not stream.isatty():
        yield from batches
        return
    begun = time.monotonic()
    shown, done, length = begun + AFTER - EVERY, 0, 0
    try:
        for batch in batches:
            yield batch
            done += len(batch)
            now = time.monotonic()
            if now - shown >= EVERY:
                line = _line(done, count, now - begun)
                stream.write(f"\r{line:<{length}}")
                stream.flush()
                shown, length = now, len(line)
    finally:
        if length:
            stream.write(f"\r{'':<{length}}\r")
            stream.flush()


def _line(done: int, count: int, seconds: float) -> str:
    """`12,800 of 100,000 samples [###.....] 3,400/s, 26 s left`."""
    rate = done / seconds
    full = WIDTH * done // count
    return f"{done:,} of {count:,} samples [{'#' * full:.<{WIDTH}}] {rate:,.0f}/s, {(count - done) / rate:,.0f} s left"

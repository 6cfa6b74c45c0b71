"""How much one call may ask for: a slip of the keyboard, or a forged file, gets an error and not all of the memory.

Everything is counted in bytes that the call would hold at once, and held against one number. The sampler that goes into
each bundle carries the same numbers, because it imports nothing of kgan; a test holds the two together.
"""

import math
from collections.abc import Sequence

MOST_BYTES = 16 * 2**30  # what a workstation has; more would push out all else, or be killed
MOST_PIXELS = 89_478_485  # of one picture: Pillow takes larger ones for attacks, and warns whoever opens them
MOST_DOCUMENT_BYTES = 64 * 2**20  # of a JSON file: a monitor's record of 100,000 epochs has that many
MOST_CLASSES = 1_000_000  # each has a name, and a row in the networks' embeddings
MOST_EPOCHS = 100_000  # each leaves a picture in one folder, and a row in each of two files


def array_bytes(shape: Sequence[int], itemsize: int = 4) -> int:
    """Bytes of an array, float32 unless told otherwise; no overflow, whatever the shape."""
    return math.prod(int(size) for size in shape) * itemsize


def gibibytes(asked: int) -> str:
    """For a reader: `1,234.5 GiB`; very large ones as a power of ten."""
    return f"{asked / 2**30:,.1f} GiB" if asked < 10**18 else f"about 10^{len(str(asked)) - 10} GiB"


def check_bytes(argument: str, value, asked: int, instead: str, error: type[ValueError] = ValueError) -> None:
    """Refuses what would hold more than `MOST_BYTES`.

    Args:
        argument: What asks for them.
        value: What it is.
        asked: Bytes held at once.
        instead: What to do.
        error: What to raise.

    Raises:
        ValueError: if `asked` is above `MOST_BYTES`.
    """
    if asked > MOST_BYTES:
        raise error(
            f"Expected {argument} for which {MOST_BYTES / 2**30:g} GiB of memory suffice. "
            f"Received: {argument}={shortened(value)}, which takes {gibibytes(asked)}. {instead}"
        )


def check_most(argument: str, value: int, most: int, instead: str, error: type[ValueError] = ValueError) -> None:
    """Refuses a number above a limit that is not memory's.

    Raises:
        ValueError: if `value` is above `most`.
    """
    if value > most:
        raise error(f"Expected {argument} of at most {most:,}. Received: {argument}={shortened(value)}. {instead}")


def check_picture(width: int, height: int, instead: str) -> None:
    """Refuses a picture that programs would be afraid to open.

    Raises:
        ValueError: if it has more than `MOST_PIXELS`.
    """
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"Expected a picture of at most {MOST_PIXELS:,} pixels, the largest that Pillow opens without a warning. "
            f"Received: {width:,} x {height:,} pixels. {instead}"
        )


def shortened(value) -> str:
    """A value in an error, which may come from a file and be of any length."""
    text = str(value)
    return text if len(text) <= 60 else f"{text[:40]}... ({len(text):,} characters)"

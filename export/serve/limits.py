"""What one request, and all of them together, may ask of the server."""

import dataclasses
import math
from collections.abc import Sequence

from ..portable.bundle_file import MOST_PIXELS, BundleError, short

__all__ = ["BYTES_OF_A_PIXEL", "LARGEST_BODY", "Limits", "pixels_of"]

BYTES_OF_A_PIXEL = 16  # four channels of float32
LARGEST_BODY = 2**30  # bytes

_MOST = {
    "count": 100_000,
    "body": LARGEST_BODY,
    "pixels": MOST_PIXELS,
    "queue": 4096,
    "timeout": 3600,
}


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one request, and all of them together, may ask of the server.

    Args:
        count: Samples of one request, at most: 1 to 100,000.
        body: Bytes of one request's body, at most: 1 to 2**30. Of JSON a mebibyte is read in any case at most.
        pixels: Pixels of one request, at most, of all its samples together, of a picture or a film and of what is made
            of it: 1 to 89,478,485. A pixel has up to four channels, more count as further pixels; a sample of a wave
            counts as four. All requests together, until their answers are taken, have 4 times as many.
        queue: Requests that are waiting or at work at once: 1 to 4,096. The next one is told to come again.
        timeout: Seconds, at most, in which a request must have been sent, and its answer taken; as long does the server
            wait for what is at work when it is told to end: 1 to 3,600.

    Examples:
        >>> from kgan.export import serve
        >>> serve.Limits(count=64, queue=16)
        Limits(count=64, body=8388608, pixels=4194304, queue=16, timeout=60)

    Raises:
        BundleError: if one of them is no whole number, or out of its range.
    """

    count: int = 256
    body: int = 8 * 2**20
    pixels: int = 2**22
    queue: int = 64
    timeout: int = 60

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise BundleError(
                    f"Expected {name} from 1 to {most:,}, a whole number. Received: {name}={short(value)}."
                )


def pixels_of(shape: Sequence[int]) -> int:
    """The pixels that an array of this shape counts as: more than four channels are further pixels.

    Args:
        shape: `(..., channels)`; of one axis, each number is a pixel.
    """
    each = math.prod(shape[:-1]) if len(shape) > 1 else shape[0]
    return max(each, -(-math.prod(shape) * 4 // BYTES_OF_A_PIXEL))

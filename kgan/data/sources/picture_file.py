"""One picture's file, which may be damaged, gone, or no picture at all."""

import errno
import os
import stat
from pathlib import Path

from PIL import Image

from kgan.data.splits import DataError

__all__ = ["DAMAGE", "opened", "reason_of"]

DAMAGE = (Exception,)  # Pillow's readers raise anything on a bad file: struct.error, IndexError, zlib.error ...
_OF_THE_FILE = (None, errno.ENOENT, errno.ENOTDIR, errno.EISDIR)  # damaged, or gone, or another thing by its name


def opened(file: "str | os.PathLike") -> Image.Image:
    """The picture, not decoded yet; a pipe or a device, which would never end, is no picture.

    Raises:
        ValueError: if the path is neither a file nor a link to one. Pillow raises anything else for a damaged file.
    """
    if not stat.S_ISREG(os.stat(file).st_mode):
        raise ValueError("neither a file nor a link to one")
    return Image.open(file)


def reason_of(path: "str | Path", error: Exception, strict: bool) -> str:
    """What is wrong with a damaged or vanished file; what the machine could not do is no damage, and is raised.

    Raises:
        DataError: if memory or the machine failed, or for any damage with `strict`.
    """
    of_the_machine = isinstance(error, MemoryError) or getattr(error, "errno", None) not in _OF_THE_FILE
    reason = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    if strict or of_the_machine:
        raise DataError(f"Expected a readable image. Received: {path}: {reason}") from error
    return reason

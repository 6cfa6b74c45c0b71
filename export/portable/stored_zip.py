"""A ZIP archive of any number of files, none of which is compressed, in the same memory.

`zipfile` keeps what it knows of each file until the end; here the list of them goes to disk as well.
"""

import shutil
import struct
import tempfile
import zlib
from typing import IO, Any

__all__ = ["StoredZip"]

SHORTS, LONGS = 2**16 - 1, 2**32 - 1  # what stands where a number is in the fields of ZIP64
NEEDED = 45  # version 4.5 of the format, which has them
UTF8 = 0x800
LONG_AGO = (0, 0x21)  # midnight of 1 January 1980, so that the same samples are the same bytes
READABLE = 0o100644 << 16  # a plain file that everybody may read


class StoredZip:
    """Writes a ZIP archive; used in a `with` statement, at whose end the list of files is written.

    Args:
        file: Binary, open for writing.
        listing: Binary, open for writing and reading: where the list is kept until the end, and which is closed then;
            `None` for a file that the system deletes.
    """

    def __init__(self, file: IO[bytes], listing: IO[bytes] | None = None) -> None:
        self._file, self._count = file, 0
        self._list = tempfile.TemporaryFile() if listing is None else listing  # noqa: SIM115  closed at the end

    def __enter__(self) -> "StoredZip":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        with self._list:
            if kind is None:
                self._finish()

    def add(self, name: str, content: bytes) -> None:
        """Adds a file of that name and those bytes."""
        called, start = name.encode(), self._file.tell()
        facts = (UTF8, 0, *LONG_AGO, zlib.crc32(content), len(content), len(content), len(called))
        self._file.write(struct.pack("<4s5H3I2H", b"PK\x03\x04", NEEDED, *facts, 0))
        self._file.write(called + content)
        far = struct.pack("<2HQ", 1, 8, start) if start >= LONGS else b""
        place = (len(far), 0, 0, 0, READABLE, min(start, LONGS))
        self._list.write(struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 3 << 8 | NEEDED, NEEDED, *facts, *place))
        self._list.write(called + far)
        self._count += 1

    def _finish(self) -> None:
        start, size = self._file.tell(), self._list.tell()
        self._list.seek(0)
        shutil.copyfileobj(self._list, self._file)
        if self._count >= SHORTS or start >= LONGS or size >= LONGS:
            whole = (44, NEEDED, NEEDED, 0, 0, self._count, self._count, size, start)
            self._file.write(struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", *whole))
            self._file.write(struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1))
        count = min(self._count, SHORTS)
        end = (0, 0, count, count, min(size, LONGS), min(start, LONGS), 0)
        self._file.write(struct.pack("<4s4H2IH", b"PK\x05\x06", *end))

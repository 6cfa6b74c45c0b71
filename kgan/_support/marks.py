"""What says of a picture that it was generated: letters that are seen, and words in the file.

Both are known where a network is exported, and lie in the file that is exported: the letters as a part of its graph,
the words as metadata, which the bundle's program writes into each picture.
"""

from typing import Any, NamedTuple

import numpy as np

__all__ = ["DISCLAIMER", "Mark", "mark_for", "marked", "texts", "to_dict", "xmp"]

DISCLAIMER = "Generated: the face in this picture was put there by a neural network. It shows nothing that happened."
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_LETTERS = {  # five rows of three pixels each
    "A": "010 101 111 101 101",
    "D": "110 101 101 101 110",
    "E": "111 100 110 100 111",
    "G": "111 100 101 101 111",
    "I": "111 010 010 010 111",
    "N": "101 111 111 111 101",
    "R": "110 101 110 101 101",
    "T": "111 010 010 010 010",
}
_WORDS = ("GENERATED", "AI")  # the longest that fits is written
_SIDE_OF_A_PIXEL = 96  # pixels of a picture from which on a pixel of a letter is two wide, and so on


class Mark(NamedTuple):
    """A word in white on black, and where it stands.

    Attributes:
        top: Row of its first pixel.
        left: Column of its first pixel.
        ink: bool `(height, width)`, true where it is white.
    """

    top: int
    left: int
    ink: np.ndarray

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        height, width = self.ink.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def mark_for(height: int, width: int) -> Mark:
    """The mark of pictures of that size: a word at the lower left.

    Raises:
        ValueError: if the picture is too small for the shortest word.
    """
    for word in _WORDS:
        rows = ["0".join(_LETTERS[letter].split()[row] for letter in word) for row in range(5)]
        ink = np.pad(np.array([[one == "1" for one in row] for row in rows]), 1)
        factor = max(1, min(height // _SIDE_OF_A_PIXEL, width // ink.shape[1]))
        ink = ink.repeat(factor, axis=0).repeat(factor, axis=1)
        if ink.shape[0] <= height // 2 and ink.shape[1] <= width:
            return Mark(height - ink.shape[0], 0, ink)
    raise ValueError(
        f"Expected pictures of at least 14 x 9 pixels, height and width, which have room for a mark. Received: "
        f"{height} x {width}. Enlarge them first."
    )


def marked(pictures: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """A copy of pictures `(n, height, width, channels)` with the mark in each."""
    mark = mark_for(*pictures.shape[1:3])
    found = np.array(pictures)
    found[(slice(None), *mark.place)] = np.where(mark.ink, value_range[1], value_range[0])[..., None]
    return found


def texts(version: str) -> dict[str, str]:
    """What a PNG file of that version of kgan says of itself, by the keywords that the standard has for that."""
    return {"Disclaimer": DISCLAIMER, "Software": f"kgan {version}"}


def xmp(version: str) -> str:
    """The same as XMP, in the words that the IPTC has for pictures that a network has a part in.

    Reference:
        IPTC, Digital Source Type, https://cv.iptc.org/newscodes/digitalsourcetype/
    """
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'Iptc4xmpExt:DigitalSourceType="{_SOURCE}" xmp:CreatorTool="kgan {version}"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{DISCLAIMER}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="w"?>'
    )


def to_dict(mark: Mark, version: str) -> dict[str, Any]:
    """All of it for a file that is exported, in plain values."""
    rows = ["".join("#" if one else "." for one in row) for row in mark.ink]
    return {"top": mark.top, "left": mark.left, "rows": rows, "texts": texts(version), "xmp": xmp(version)}

"""Captions as words: how text falls into them, and the vocabulary of those that a model learns."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from kgan._support import limits, lookup
from kgan._support.checks import whole
from kgan.data.splits import DataError

__all__ = ["Vocabulary", "words_of"]

_WORD = re.compile("\\w+(?:['\u2019]\\w+)*")
_LISTED = 10  # words in an error


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, in order: runs of letters, digits and `_`; accents are composed.

    Args:
        text: Any; of scripts without spaces, as Chinese, a run of letters is one word.

    Examples:
        >>> kgan.data.words_of("Red heart, on fire!")
        ['red', 'heart', 'on', 'fire']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


class Vocabulary:
    """The words that a model knows, and texts as which of them they hold.

    A text is a set of words: neither their order nor how often they stand in it counts. Where that is too little, load
    captions with an encoder of your own.

    Args:
        words: In order, no two alike.

    Raises:
        ValueError: if there is none, two are alike, or one is no word of `words_of`.

    Examples:
        >>> vocabulary = kgan.data.Vocabulary(["heart", "red"])
        >>> vocabulary.rows(["Red heart", "heart"]).tolist()
        [[1.0, 1.0], [1.0, 0.0]]
    """

    def __init__(self, words: Sequence[str]):
        self.words = tuple(words)
        wrong = next((one for one in self.words if words_of(one) != [one]), None)
        if not self.words or wrong is not None or len(set(self.words)) < len(self.words):
            received = "none" if not self.words else repr(wrong) if wrong is not None else "two alike"
            raise ValueError(f"Expected words in small letters, no two alike. Received: {received}.")
        self._places = {word: place for place, word in enumerate(self.words)}

    @classmethod
    def of(cls, captions: Iterable[str], most: int = 2000, rarest: int = 2) -> "Vocabulary":
        """The words of captions, the commonest first.

        Args:
            captions: One text or several of each picture.
            most: How many words at most, at least 1.
            rarest: In how many captions a word must stand, at least 1.

        Raises:
            DataError: if no word stands in so many captions.
            ValueError: if a number is out of range.
        """
        most, rarest = whole("words", most, 1), whole("rarest", rarest, 1)
        limits.check_most("words", most, limits.MOST_CLASSES, "Some thousand words are enough.")
        counts = Counter(word for caption in captions for word in dict.fromkeys(words_of(caption)))
        known = sorted((word for word in counts if counts[word] >= rarest), key=lambda word: (-counts[word], word))
        if not known:
            raise DataError(
                f"Expected a word that stands in at least rarest={rarest} captions. Received: captions without. Lower "
                f"rarest, or bring more pictures with captions in the same words."
            )
        return cls(known[:most])

    def __len__(self) -> int:
        return len(self.words)

    def numbers(self, text: str) -> list[int]:
        """The numbers of the words that a text holds and the vocabulary has, ascending; others are passed over."""
        return sorted({self._places[word] for word in words_of(text) if word in self._places})

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as which words they hold, float32 `(n, words)` of 0 and 1.

        Raises:
            ValueError: if a text has no word, or one that the vocabulary lacks.
        """
        rows = np.zeros((len(texts), len(self)), np.float32)
        for row, text in zip(rows, texts, strict=True):
            self.check(text)
            row[self.numbers(text)] = 1.0
        return rows

    def check(self, text: str) -> None:
        """Refuses a text without words, or with one that is unknown.

        Raises:
            ValueError: if it is such; the message names the word and the nearest known one.
        """
        words = words_of(text) if isinstance(text, str) else []
        if not words:
            raise ValueError(f"Expected text of at least one word. Received: {limits.shortened(repr(text))}.")
        for word in words:
            if word not in self._places:
                some = ", ".join(self.words[:_LISTED])
                raise ValueError(
                    f"Expected text of the {len(self):,} words that the model was trained on: {some}, ... Received: "
                    f"{limits.shortened(repr(word))}.{lookup.nearest(word, self.words)} Say it in other words."
                )

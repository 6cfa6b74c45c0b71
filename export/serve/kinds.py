"""What a server is told of a kind of bundles: what it takes, how it is tried, what it answers; a file for each kind."""

import abc
import dataclasses
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .admission import Hold
from .answers import Answer
from .limits import Limits

__all__ = ["Asked", "Kind", "Option", "Trial", "Tried"]

Feeds = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Option:
    """A whole number in the address, `?frames=10`.

    Attributes:
        name: Its name.
        least: The lowest that it may be.
        most: The highest.
        default: What it is without a word.
        description: What it says.
    """

    name: str
    least: int
    most: int
    default: int
    description: str


@dataclasses.dataclass(frozen=True)
class Asked:
    """What one request asks for.

    Attributes:
        body: The bytes that came.
        media_type: What they are said to be, one of the kind's `types`.
        options: Of the address, all that the kind has.
        accepts: The header `Accept`, in small letters.
    """

    body: bytes
    media_type: str
    options: Mapping[str, int]
    accepts: str = "*/*"


@dataclasses.dataclass(frozen=True)
class Trial:
    """Inputs by name that a network is measured on.

    Attributes:
        single: Of one row, for the number of threads; `None` where what is best depends on the size of what comes.
        batch: Of several, likewise.
        rows: Of several that differ, which tell whether requests may share a run; `None` where none may.
    """

    single: Feeds | None
    batch: Feeds | None
    rows: Feeds | None


class Tried:
    """An engine that keeps what it was run on.

    Attributes:
        feeds: The inputs of the last run.
        names: The outputs that were asked for.
    """

    def __init__(self, engine: Any):
        self.engine = engine
        self.feeds: dict[str, np.ndarray] = {}
        self.names: list[str] = []

    def run(self, names: Sequence[str], feeds: Feeds, rows: int) -> list[np.ndarray]:
        """The outputs of those names for inputs by name, of so many rows."""
        self.feeds, self.names = dict(feeds), list(names)
        return self.engine.run(names, feeds, rows)


class Kind(abc.ABC):
    """What a server does with an opened bundle of one kind, within limits.

    Args:
        runner: The bundle, as `open` gives it, whose `engine` computes.
        limits: What one request may ask for.

    Attributes:
        takes: In a word, `"latents"`.
        path: Where it is asked for, `"/generate"`.
        verb: The word on the button of the page.
        types: The media types of bodies.
        answers: The media types of answers, that without a word first.
        largest: Bytes of a body, at most, whatever the limits say.
        options: Of the address.
    """

    takes: ClassVar[str]
    path: ClassVar[str]
    verb: ClassVar[str]
    types: ClassVar[Sequence[str]]
    largest: ClassVar[int]
    answers: Sequence[str]
    options: Sequence[Option] = ()

    @abc.abstractmethod
    def __init__(self, runner: Any, limits: Limits): ...

    @staticmethod
    @abc.abstractmethod
    def open(path: Path, threads: int | None, provider: str | None) -> Any:
        """The bundle, opened.

        Raises:
            BundleError: if it is none of this kind.
        """

    @staticmethod
    @abc.abstractmethod
    def trial(runner: Any, tried: Tried) -> Trial:
        """Runs the bundle once, and says what it is measured on.

        Args:
            runner: The bundle, whose engine is `tried`.
            tried: What it was run on last.

        Raises:
            BundleError: if it cannot be run.
        """

    @abc.abstractmethod
    def facts(self) -> dict[str, Any]:
        """What `/bundle` says of it."""

    @abc.abstractmethod
    def described(self) -> dict[str, Any]:
        """What the OpenAPI says of its path."""

    @abc.abstractmethod
    def fields(self, operation: Mapping[str, Any]) -> str:
        """The fields of the form that tries it, as HTML.

        Args:
            operation: What the OpenAPI has of its path.
        """

    @abc.abstractmethod
    def answer(self, asked: Asked, hold: Hold, gone: threading.Event) -> Answer:
        """What a request is answered with.

        Args:
            asked: The request.
            hold: Told what it comes to, before that is made.
            gone: Set when nobody waits for the answer any more.

        Raises:
            Refused: if it asks for what there is not, or too much.
            Gone: if nobody waits.
        """

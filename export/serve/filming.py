"""Answers to `POST /apply` of a network of films: the film that came, and the frames that follow."""

import io
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..portable.bundle_file import BundleError, short
from ..portable.film import FRAMES, Predictor
from ..portable.film_files import USUAL_RATE, frames_of, frames_of_array, joined, write_moving
from ..portable.sessions import MANY
from . import descriptions, forms
from .admission import Hold
from .answers import Answer, Gone
from .arrays import NPY, array_in, npy
from .gif_blocks import size_and_frames
from .kinds import Asked, Kind, Option, Trial, Tried
from .limits import LARGEST_BODY, Limits, pixels_of
from .refusals import Refused, refused

__all__ = ["Films"]

GIF = "image/gif"


class Films(Kind):
    """A network that continues films.

    Pixels are those of all frames together, of what came and of what follows.
    """

    takes = "films"
    path = "/apply"
    verb = "Continue"
    types = (GIF, *NPY)
    largest = LARGEST_BODY
    answers = (GIF, NPY[0])

    def __init__(self, runner: Predictor, limits: Limits):
        self._predictor, self._limits = runner, limits
        self._each = pixels_of(runner.input_shape[1:])
        most = max(limits.pixels // self._each - runner.input_shape[0], 1)
        said = "How many frames follow. The film and they together have no more pixels than one request may ask for."
        self.options = (Option("frames", 1, most, min(FRAMES, most), said),)

    @staticmethod
    def open(path: Path, threads: int | None, provider: str | None) -> Predictor:
        """The network."""
        return Predictor(path, threads, provider)

    @staticmethod
    def trial(runner: Predictor, tried: Tried) -> Trial:
        """A film of noise, and itself backwards and upside down."""
        low, high = runner.input_range
        runner.predict(np.random.RandomState(0).uniform(low, high, runner.input_shape).astype(np.float32), frames=1)
        feeds = tried.feeds
        rows = {name: np.concatenate([one, one[:, ::-1], one[:, :, ::-1]]) for name, one in feeds.items()}
        return Trial(feeds, {name: np.repeat(one, MANY, axis=0) for name, one in feeds.items()}, rows)

    def facts(self) -> dict[str, Any]:
        """What `/bundle` says of it."""
        return {
            "input_shape": list(self._predictor.input_shape),
            "sample_shape": list(self._predictor.sample_shape),
            "frames": self.options[0].default,
        }

    def described(self) -> dict[str, Any]:
        """What the OpenAPI says of `POST /apply`."""
        given, height, width, channels = self._predictor.input_shape
        return descriptions.work(
            self,
            summary="Continue a film",
            description=f"The body is a GIF, or an array of bytes (frames, {height}, {width}, {channels}) as "
            f"numpy.save writes it, of at least {given} frames of {width} x {height} pixels. With Accept: {NPY[0]} the "
            f"answer is such an array.",
            answer="The film, and the frames that follow.",
        )

    def fields(self, operation: Mapping[str, Any]) -> str:
        """The form that tries it."""
        return forms.of_file(operation, "Film", ".npy")

    def answer(self, asked: Asked, hold: Hold, gone: threading.Event) -> Answer:
        """The film, and the frames that follow."""
        ahead = asked.options["frames"]
        if asked.media_type == GIF:
            count = self._frames_of(asked.body, ahead)
            hold.take((count + ahead) * self._each)
            film, rate = _decoded(asked.body, count)
        else:
            given, rate = _given(asked.body), USUAL_RATE
            count, height, width = given.shape[:3]
            self._check(count, height, width, ahead)
            hold.take((count + ahead) * self._each)
            film = joined(list(given))
        whole = np.concatenate(self._continued(film, ahead, gone))
        if NPY[0] in asked.accepts:
            return Answer(npy(whole), NPY[0], "continued.npy")
        held = io.BytesIO()
        write_moving(whole, held, "GIF", rate)
        return Answer(held.getvalue(), GIF, "continued.gif")

    def _frames_of(self, body: bytes, ahead: int) -> int:
        """How many frames a GIF has, none of which is decoded.

        Raises:
            Refused: if it is no GIF, or of another size or longer than may be asked for.
        """
        try:
            height, width, count = size_and_frames(body, self._limits.pixels // self._each)
        except (ValueError, IndexError) as error:
            raise _no_film(error) from error
        self._check(count, height, width, ahead)
        return count

    def _check(self, count: int, height: int, width: int, ahead: int) -> None:
        """Refuses a film of another size, or with too many pixels.

        Raises:
            Refused: if it is such.
        """
        _, high, wide, _ = self._predictor.input_shape
        if (height, width) != (high, wide):
            raise Refused(
                422,
                f"Expected a film of {wide} x {high} pixels (width x height), as the network was trained on. Received: "
                f"{width} x {height}. Scale it first; kgan apply --resize does.",
            )
        if (count + ahead) * self._each > self._limits.pixels:
            most = self._limits.pixels // self._each
            raise Refused(
                413,
                f"Expected at most {self._limits.pixels:,} pixels in a film and what follows it together, {most:,} "
                f"frames. Received: {f'more than {most:,}' if count > most else f'{count:,}'}, and {ahead:,} that "
                f"follow. Send the last frames alone, or ask for fewer.",
            )

    def _continued(self, film: np.ndarray, ahead: int, gone: threading.Event) -> list[np.ndarray]:
        """The film, and what follows.

        Raises:
            Refused: if it has too few frames, or other channels.
            Gone: if nobody waits.
        """
        following = []
        try:
            for batch in self._predictor.batches(film, ahead):
                if gone.is_set():
                    raise Gone
                following.append(batch)
        except BundleError as error:
            raise refused(error) from error
        if film.shape[3] != following[0].shape[3]:
            film = np.repeat(film, following[0].shape[3], axis=3)
        return [film, *following]


def _decoded(body: bytes, count: int) -> tuple[np.ndarray, float]:
    """The frames of a GIF whose blocks were looked at, and how many there are in a second."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about odd files: whoever sent them does not see the log
            frames, rate = frames_of(Image.open(io.BytesIO(body), formats=["GIF"]), count)
        return joined(frames), rate
    except Exception as error:  # damaged bytes raise whatever they happen to spell
        raise _no_film(error) from error


def _given(body: bytes) -> np.ndarray:
    """The frames of an array, where they lie."""
    try:
        return frames_of_array(array_in(body))
    except ValueError as error:
        raise _no_film(error) from error


def _no_film(error: Exception) -> Refused:
    return Refused(422, f"Expected a film: a GIF, or an array of frames. Received: {short(error) or 'none'}.")

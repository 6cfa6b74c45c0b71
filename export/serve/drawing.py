"""Answers to `POST /generate`: samples as a picture of a grid, a zip of pictures, or their values."""

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..portable.bundle_file import BundleError
from ..portable.draw import Draw
from ..portable.exported_generator import Sampler
from ..portable.sample_files import grid, layout
from ..portable.sample_streams import write_npz, write_zip
from ..portable.sessions import MANY
from . import asking, descriptions, forms
from .admission import Hold
from .answers import Answer, Gone, encoded
from .kinds import Asked, Kind, Trial, Tried
from .limits import Limits, pixels_of
from .refusals import Refused, refused

__all__ = ["Samples", "check_size", "draw"]


class Samples(Kind):
    """A generator that draws samples of latents, as `kinds.Kind` says."""

    takes = "latents"
    path = "/generate"
    verb = "Draw"
    types = ("application/json",)
    largest = 2**20

    def __init__(self, runner: Sampler, limits: Limits):
        self._sampler, self._limits = runner, limits
        self._model, self._numbers = asking.model_of(runner, limits), asking.numbers_of(runner.class_names)
        self.answers = [asking.FORMATS[name][0] for name in asking.all_formats(runner)]

    @staticmethod
    def open(path: Path, threads: int | None, provider: str | None) -> Sampler:
        """The generator."""
        return Sampler(path, threads, provider)

    @staticmethod
    def trial(runner: Sampler, tried: Tried) -> Trial:
        """One sample, many, and three that differ."""

        def feeds(count: int) -> dict[str, np.ndarray]:
            runner.sample(count, seed=0)
            return tried.feeds

        return Trial(single=feeds(1), batch=feeds(MANY), rows=feeds(3))

    def facts(self) -> dict[str, Any]:
        """What `/bundle` says of it."""
        one = self._sampler
        return {
            "sample_shape": list(one.sample_shape),
            "value_range": one.value_range,
            "latent_dim": one.latent_dim,
            "num_classes": one.num_classes,
            "num_tags": one.num_tags,
            "class_names": one.class_names,
            "outputs": one.outputs,
            "formats": asking.all_formats(one),
        }

    def described(self) -> dict[str, Any]:
        """What the OpenAPI says of `POST /generate`."""
        return descriptions.work(
            self,
            summary="Draw samples",
            description="The same seed gives the same samples, whatever else is drawn at the same time.",
            answer="The samples.",
            schema=asking.schema_of(self._model),
            headers={"Kgan-Seed": {"description": "The seed.", "schema": {"type": "integer"}}},
        )

    def fields(self, operation: Mapping[str, Any]) -> str:
        """The form that tries it."""
        return forms.of_samples(operation, self._sampler)

    def answer(self, asked: Asked, hold: Hold, gone: threading.Event) -> Answer:
        """The samples."""
        found = asking.asked(asked.body, self._model, self._sampler, self._numbers)
        drawn = self._sampler.giving(found["output"])
        hold.take(check_size(found, drawn, self._limits))
        return draw(found, drawn, gone)


def check_size(asked: dict[str, Any], sampler: Sampler, limits: Limits) -> int:
    """The pixels of the samples, and of their grid if that is larger.

    Raises:
        Refused: if they are more than one request may ask for.
    """
    count, shape = asked["count"], sampler.sample_shape
    each = pixels_of(shape)
    if asked["format"] == "png":
        _, _, factor = layout(1, *shape[:2])
        each *= factor**2
    if count * each > limits.pixels:
        raise Refused(
            422,
            f"Expected at most {limits.pixels:,} pixels in one answer, {max(1, limits.pixels // each):,} of these "
            f"samples. Received: count={count}. Draw them in several requests with a seed each.",
        )
    return count * each


def draw(asked: dict[str, Any], sampler: Sampler, gone: threading.Event) -> Answer:
    """Draws what was asked for.

    Args:
        asked: The fields of the request, as `asking.asked` gives them.
        sampler: The generator.
        gone: Set when nobody waits for the answer any more.

    Raises:
        Refused: if the labels are none of the generator's.
        Gone: if nobody waits.
    """
    try:
        drawn = Draw(sampler, asked["count"], asked["seed"], asked["labels"], asked["truncation_psi"])
        batches = []
        for batch in drawn.batches():
            if gone.is_set():
                raise Gone
            batches.append(batch)
    except BundleError as error:
        raise refused(error) from error
    make, media_type = _FORMS[asked["format"]]
    name = f"seed{drawn.seed}.{asked['format']}"
    return Answer(make(np.concatenate(batches), drawn), media_type, name, {"Kgan-Seed": str(drawn.seed)})


def _png(samples: np.ndarray, drawn: Draw) -> bytes:
    return encoded(grid(samples, drawn.columns, drawn.value_range, drawn.names))


def _npz(samples: np.ndarray, drawn: Draw) -> bytes:
    content = io.BytesIO()
    write_npz([samples], content, drawn)
    return content.getvalue()


def _zip(samples: np.ndarray, drawn: Draw) -> bytes:
    """A file a sample, named as `kgan sample --each` names them; nothing of it lies on the disk for a while."""
    content = io.BytesIO()
    write_zip([samples], content, drawn, listing=io.BytesIO())
    return content.getvalue()


_FORMS = {name: (make, asking.FORMATS[name][0]) for name, make in (("png", _png), ("npz", _npz), ("zip", _zip))}

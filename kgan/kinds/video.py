"""Video prediction: the last frames of a film, and those that follow. Its model is `kgan.VideoPrediction`."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, recipes
from kgan.data import DataError, Splits
from kgan.evaluation import of_pairs
from kgan.evaluation.results import Wording
from kgan.kinds.translation import Translation
from kgan.metrics import GradientEnergy, MeanAbsoluteError, OfFrames, PairMetric
from kgan.models.kind import Exported, Tensor
from kgan.models.video_prediction import VideoPrediction as Model
from kgan.report import of_films as film_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["FilmsEvaluation", "Video"]

_BATCHES = (1, 3)  # at which artefacts are compared: whole films, so fewer than of samples from latents


class FilmsEvaluation(of_pairs.PairsEvaluation):
    """What `evaluate` found of a model of films, beside what standing still comes to."""

    wording: ClassVar[Wording] = Wording(
        made="frames",
        instead="last frame instead",
        columns=("Predicted against held-out frames", "The last frame in their place", "Against training frames"),
        explained="The last frame in their place is what a film that stands still scores. PSNR and SSIM prefer blur; "
        "the gradient energy says how sharp frames are: 1 as the true ones, below 1 blurred. Figures of all frames are "
        "means, and then stand those of each frame ahead, the first that follows being frame 1. Against training films "
        "a generator that knows them by heart would look best. Below each: predicted : true.",
    )


class Video(Translation):
    """The last frames in, the next ones out, compared with those that followed."""

    name = "video_prediction"
    model = Model
    loader = staticmethod(data.load_films)
    compared_with: Mapping[str, Any] = MappingProxyType(
        {"instead": lambda model, inputs, shape: standing_still(inputs, shape[1]), "form": FilmsEvaluation}
    )

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The windows as `kgan.data.load_films` has them.

        Raises:
            DataError: if the films cannot be loaded.
        """
        return self.loader(source, batch_size, seed=seed, strict=strict, **options)

    def generator(self, recipe: recipes.Recipe, inputs: tuple, samples: tuple, seed: int) -> keras.Model:
        """The generator of a recipe, for as many frames as the data have."""
        try:
            return recipe.network("generator", input_shape=inputs, output_frames=samples[0], seed=seed)
        except ValueError as error:
            if "halved" in str(error) or "multiples of" in str(error):
                raise DataError(f"{error} This is about frames of {inputs[2]} x {inputs[1]} pixels.") from error
            raise

    # --- figures ---

    def picture_shape(self, sample_shape: Sequence[int]) -> Sequence[int]:
        return sample_shape[1:]

    def figures(
        self, features: str | None, sample_shape: Sequence[int], input_shape: Sequence[int]
    ) -> list[PairMetric]:
        """Those of pictures and the sharpness, of all frames and then of each."""
        pictures = self.of_pictures(features, sample_shape)
        ahead = [OfFrames(metric, frame + 1) for frame in range(sample_shape[0]) for metric in pictures]
        return [*self._of_all(features, sample_shape), *ahead]

    def of_pictures(self, features: str | None, sample_shape: Sequence[int]) -> list[PairMetric]:
        """Metrics of the frames of films of that shape, made anew."""
        found = super().figures(features, sample_shape[1:], sample_shape[1:])
        return [*(one for one in found if not isinstance(one, MeanAbsoluteError)), GradientEnergy()]

    def _of_all(self, features: str | None, sample_shape: Sequence[int]) -> list[PairMetric]:
        return [*(OfFrames(one) for one in self.of_pictures(features, sample_shape)), MeanAbsoluteError()]

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[PairMetric]:
        super().metrics(features, splits, 0)  # checks the features
        return self._of_all(features, splits.sample_shape) if held_out else []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if not held_out:
            return ["No metrics of frames: the data has no held-out films."]
        names = "; ".join(one.label for one in self._of_all(features, splits.sample_shape))
        return [f"{names} on {held_out:,} held-out windows after each epoch."]

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.FilmGrid(run.samples, rows=4, log_dir=run.tensorboard / "samples")]

    def sections(self, run: Run, model: Model, evaluation: of_pairs.PairsEvaluation) -> list[str]:
        return film_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """What artefacts take and give: `frames` in, `generated` out, of the size trained on.

        The bundle's program is given any number of frames, and makes any number: it gives the network its own ones.
        """
        shapes = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        value_range = model.value_range
        if value_range is None or shapes[0][-1] not in (1, 3):
            raise ValueError(
                f"Expected grey or coloured films with a value range to export, which the bundle's program can open "
                f"and write. Received: frames of shape {shapes[0][1:]}, value_range={value_range}."
            )
        told = {
            "kind": self.name,
            "input_shape": shapes[0],
            "sample_shape": shapes[1],
            "input_range": value_range,
            "value_range": value_range,
        }

        def example(batch: int) -> dict[str, np.ndarray]:
            noise = np.random.RandomState(batch).uniform(*value_range, (batch, *shapes[0]))
            return {"frames": noise.astype(np.float32)}

        return Exported(
            inputs=(Tensor("frames", shapes[0]),),
            output=Tensor("generated", shapes[1]),
            call=_call,
            example=example,
            value_range=value_range,
            metadata={
                "kgan_version": __version__,
                "kgan_runner": "film.py",
                **{f"kgan_{name}": json.dumps(value) for name, value in told.items()},
            },
            card=told,
            runner="film.py",
            batches=_BATCHES,
        )


def standing_still(inputs: np.ndarray, frames: int) -> np.ndarray:
    """The last frame of films `(n, frames, ...)`, as often as asked for."""
    return np.repeat(inputs[:, -1:], frames, axis=1)


def _call(generator: keras.Model, frames: tf.Tensor) -> tf.Tensor:
    return generator(frames, training=False)

"""Cycle translation: two collections of images without pairs. Its model is `kgan.CycleTranslation`."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from kgan import callbacks, data, recipes
from kgan.architectures import freeze_lower_layers
from kgan.data import DataError, Splits
from kgan.data.pairs import DIRECTIONS
from kgan.evaluation import of_collections
from kgan.kinds.suited_features import suited
from kgan.kinds.translators import exported_translator
from kgan.metrics import FeatureMetric, FrechetDistance, KernelDistance, extractors
from kgan.models.cycle_translation import CycleTranslation as Model
from kgan.models.kind import Exported, Kind, Panel, Say, Standard
from kgan.report import of_collections as collection_sections
from kgan.run import Run

__all__ = ["CycleTranslation", "decaying"]

_FEWEST = 10  # held-out samples of each collection for distances
_TELLING = 100  # from which on distances tell one epoch from another
_MOST_DIMENSIONS = 4_096  # of features whose covariance is worked out
_RATE = "learning_rate"


class CycleTranslation(Kind):
    """Two collections, and a translator each way."""

    name = "cycle_translation"
    model = Model
    loader = staticmethod(data.load_unpaired)
    options: Mapping[str, bool | int | float | str] = MappingProxyType({"frozen_layers": 0, "decay_from": 1.0})
    compared_by = ("val_a2b_kernel_distance", "val_b2a_kernel_distance", "monitor_cycle_error")
    panels: Sequence[Panel] = collection_sections.PANELS
    places = 2
    takes_pairs = True

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The collections as `kgan.data.load_unpaired` has them.

        Raises:
            DataError: if they cannot be loaded, or are no images.
        """
        splits = self.loader(source, batch_size, seed=seed, strict=strict, **options)
        if len(splits.sample_shape) != 3:
            raise DataError(
                f"Expected images, because the recipes train convolutional networks. Received: samples of shape "
                f"{splits.sample_shape}. Build your own networks with kgan.{self.model.__name__}."
            )
        return splits

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        """The model; from the share `model.decay_from` of the planned training on, learning rates fall to 0.

        Raises:
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """
        shapes = {"a": splits.input_shape, "b": splits.sample_shape}
        networks = {}
        for number, (side, other) in enumerate((("b", "a"), ("a", "b"))):
            asked = {"input_shape": shapes[other], "output_channels": shapes[side][-1], "seed": seed + 2000 * number}
            networks[f"to_{side}"] = recipe.network("generator", name=f"to_{side}", **asked)
            asked = {"sample_shape": shapes[side], "seed": seed + 1000 + 2000 * number}
            one = recipe.network("discriminator", name=f"discriminator_{side}", **asked)
            if recipe.model["frozen_layers"]:
                freeze_lower_layers(one, recipe.model["frozen_layers"])
            networks[f"discriminator_{side}"] = one
        model = Model(**networks, seed=seed, **recipe.model_arguments())
        model.compile(**decaying(recipe, splits).compile_arguments(), metrics=list(metrics))
        return model

    def check_same_data(self, model: Model, splits: Splits) -> None:
        expected = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        received = tuple(splits.input_shape), tuple(splits.sample_shape)
        if expected != received:
            raise ValueError(
                f"Expected the collections that the run began with: samples of a of shape {expected[0]}, of b of shape "
                f"{expected[1]}. Received: {received[0]} and {received[1]}."
            )

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> str | None:
        return suited(features, source)

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[FeatureMetric]:
        if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
            extractors.get(features)(np.zeros((1, *splits.sample_shape), np.float32))
        return _metrics(features, splits.sample_shape) if held_out >= _FEWEST else []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if features is None:
            return ["No metrics of translations: the recipe has features=none."]
        if held_out < _FEWEST:
            return [
                f"The run goes without metrics of translations: {held_out} held-out samples of each collection are too "
                f"few for them, {_FEWEST} do."
            ]
        each = " each way" if len(self.model.directions) > 1 else ""
        lines = [f'Metrics on the features "{features}", of {held_out:,} translations{each}.']
        if asked == recipes.AUTO and features == "pixels":
            lines.append(
                "Pixels say little of what is seen: pip install 'kgan[efficientnet]' brings a network to look with."
            )
        return lines

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """The kernel distance from a to b, which is not trusted: the nearest need not be the right ones."""
        if features is None or held_out < _FEWEST:
            return None
        because = "no figure says whether translations without pairs are the right ones"
        return Standard("val_a2b_kernel_distance", highest=False, slack=0.05, trusted=False, because=because)

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_collections.CollectionsEvaluation:
        if features is None:
            features = self.features_for(run.plan.recipe.features, run.plan.source) or "pixels"
        elif isinstance(features, str):
            extractors.checked(features)
        shape = run.load_exported().sample_shape
        name = extractors.get(features).name
        return of_collections.evaluate(run, lambda: _metrics(features, shape), num_samples, name, seed, say)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.CycleGrid(run.samples, log_dir=run.tensorboard / "samples")]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.CycleMonitor:
        return callbacks.CycleMonitor(path=path, say=say, advice_for="command line")

    def sections(self, run: Run, model: Model, evaluation: of_collections.CollectionsEvaluation) -> list[str]:
        return collection_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """The translator from a to b, and beside it, in a bundle of its own, the one from b to a."""
        first, second = (self._direction(model, way) for way in DIRECTIONS)
        return dataclasses.replace(first, beside={DIRECTIONS[1]: second})

    def _direction(self, model: Model, way: str) -> Exported:
        shapes = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        return exported_translator(
            model.translator(way),
            shapes if way == DIRECTIONS[0] else shapes[::-1],
            model.value_range,
            {"kind": self.name, "direction": way},
            part=lambda generator: generator.to_b if way == DIRECTIONS[0] else generator.to_a,
        )


def decaying(recipe: recipes.Recipe, splits: Splits) -> recipes.Recipe:
    """The recipe with learning rates that fall in a straight line to 0 over the last part of the training.

    Raises:
        ValueError: if the share is not from 0 to 1.
    """
    share = recipe.model["decay_from"]
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"Expected model.decay_from from 0 to 1. Received: model.decay_from={share}.")
    if share == 1.0:
        return recipe
    steps = (splits.count or 0) // recipe.batch_size
    images = float(recipe.epochs * steps * recipe.batch_size)
    changed = {}
    for player in ("generator_optimizer", "discriminator_optimizer"):
        rate = getattr(recipe, player)[_RATE]
        if isinstance(rate, float):  # else it follows a schedule of the user's
            line = {"name": "linear_after", "start": rate, "end": 0.0, "images": images, "after": share * images}
            changed[f"{player}.{_RATE}"] = line
    return recipe.changed(changed)


def _metrics(features: Any, sample_shape: Sequence[int]) -> list[FeatureMetric]:
    """The kernel distance, and the Frechet distance where a covariance of the features can be worked out."""
    if features is None:
        return []
    metrics: list[FeatureMetric] = [KernelDistance(features)]
    if features != "pixels" or int(np.prod(sample_shape)) <= _MOST_DIMENSIONS:
        metrics.append(FrechetDistance(features))
    return metrics

"""Contrastive translation: two collections without pairs, one direction. Its model: `kgan.ContrastiveTranslation`."""

from collections.abc import Sequence
from pathlib import Path

import keras

from kgan import callbacks, recipes
from kgan.architectures import freeze_lower_layers
from kgan.data import Splits
from kgan.data.pairs import DIRECTIONS
from kgan.kinds.cycle_translation import CycleTranslation, decaying
from kgan.kinds.translators import exported_translator
from kgan.models.contrastive_translation import ContrastiveTranslation as Model
from kgan.models.kind import Exported, Panel, Say
from kgan.report import of_collections as collection_sections

__all__ = ["ContrastiveTranslation"]


class ContrastiveTranslation(CycleTranslation):
    """Two collections, and a translator from the first to the second."""

    name = "contrastive_translation"
    model = Model
    compared_by = ("val_a2b_kernel_distance",)
    panels: Sequence[Panel] = collection_sections.ONE_WAY

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
        a, b = splits.input_shape, splits.sample_shape
        discriminator = recipe.network("discriminator", sample_shape=b, seed=seed + 1000)
        if recipe.model["frozen_layers"]:
            freeze_lower_layers(discriminator, recipe.model["frozen_layers"])
        model = Model(
            recipe.network("generator", input_shape=a, output_channels=b[-1], seed=seed),
            discriminator,
            seed=seed,
            **recipe.model_arguments(),
        )
        model.compile(**decaying(recipe, splits).compile_arguments(), metrics=list(metrics))
        return model

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.OneWayMonitor:
        return callbacks.OneWayMonitor(path=path, say=say, advice_for="command line")

    def exported(self, model: Model) -> Exported:
        """The translator: `image` in, `generated` out, any height and width where the network allows."""
        shapes = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        facts = {"kind": self.name, "direction": DIRECTIONS[0]}
        return exported_translator(model.inference_generator, shapes, model.value_range, facts)

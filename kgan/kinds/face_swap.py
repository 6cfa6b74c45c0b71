"""Face swapping: faces of two identities, and a swap each way. Its model is `kgan.FaceSwap`."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import recipes
from kgan._support import marks
from kgan.architectures import freeze_lower_layers
from kgan.data import DataError, Splits, two_places
from kgan.data.pairs import DIRECTIONS
from kgan.evaluation import of_collections
from kgan.kinds.cycle_translation import CycleTranslation, decaying
from kgan.kinds.translators import exported_translator
from kgan.models.face_swap import FaceSwap as Model
from kgan.models.kind import Exported
from kgan.report import of_collections as collection_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["FaceSwap"]


class FaceSwap(CycleTranslation):
    """Faces of two identities, one encoder, and a decoder for each."""

    name = "face_swap"
    model = Model
    takes_pairs = False

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The faces as `kgan.data.load_unpaired` has them, one collection for each identity.

        Raises:
            DataError: if they cannot be loaded, are no images, both are one collection, or sizes differ.
        """
        parts = two_places.parts(source)
        if len(parts) == 1 and not Path(source).is_dir():
            raise DataError(_one_identity(source))
        splits = super().load(source, batch_size, options, seed, strict)
        if _are_the_same(splits):
            raise DataError(_one_identity(f"the same pictures twice, {source}"))
        if splits.input_shape != splits.sample_shape:
            raise DataError(
                f"Expected faces of one size and as many channels of both identities. Received: {splits.input_shape} "
                f"and {splits.sample_shape}. Pass image_size=64, or channels=3, say."
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
            ValueError: if a setting is out of range, or the generator has no layers "encoder" and "decoder".
            DataError: if the sides of faces cannot be halved as the networks ask.
        """
        shape = splits.sample_shape
        try:
            coders = [recipe.network("generator", sample_shape=shape, seed=seed + 2000 * place) for place in range(2)]
        except TypeError as error:  # an architecture that is built for something else
            raise ValueError(_no_coder(f"{recipe.generator['architecture']!r}")) from error
        except ValueError as error:
            if "halved" in str(error):
                raise DataError(f"{error} This is about faces of {shape[1]} x {shape[0]} pixels.") from error
            raise
        parts = [[_part(coder, name) for name in ("encoder", "decoder")] for coder in coders]
        judges = [recipe.network("discriminator", sample_shape=shape, seed=seed + 1000 + place) for place in range(2)]
        if recipe.model["frozen_layers"]:
            for judge in judges:
                freeze_lower_layers(judge, recipe.model["frozen_layers"])
        model = Model(parts[0][0], parts[0][1], parts[1][1], *judges, seed=seed, **recipe.model_arguments())
        model.compile(**decaying(recipe, splits).compile_arguments(), metrics=list(metrics))
        return model

    # --- what is looked at ---

    def sections(self, run: Run, model: Model, evaluation: of_collections.CollectionsEvaluation) -> list[str]:
        return collection_sections.sections(run, evaluation, texts=model.texts)

    # --- artefacts ---

    def _direction(self, model: Model, way: str) -> Exported:
        """The network of one way with the mark behind it, so that nothing that runs the artefact goes without."""
        shape, value_range = tuple(model.sample_shape), model.value_range
        if shape[-1] not in (1, 3):
            raise ValueError(
                f"Expected faces of 1 or 3 channels to export, which the bundle's program can open and write. "
                f"Received: {shape[-1]}."
            )
        facts = {"kind": self.name, "direction": way}
        plain = exported_translator(
            model.translator(way),
            (shape, shape),
            value_range,
            facts,
            part=lambda generator: generator.to_b if way == DIRECTIONS[0] else generator.to_a,
        )
        mark = marks.mark_for(*shape[:2])

        def call(network: keras.Model, image: tf.Tensor) -> tf.Tensor:
            return _with_mark(plain.call(network, image), mark, shape, value_range)

        told = {"kgan_runner": "swap.py", "kgan_marks": json.dumps(marks.to_dict(mark, __version__))}
        return dataclasses.replace(
            plain,
            call=call,
            metadata={**plain.metadata, **told},
            card={**plain.card, "marked": True},
            runner="swap.py",
        )


def _with_mark(made: tf.Tensor, mark: marks.Mark, shape: tuple, value_range: tuple[float, float]) -> tf.Tensor:
    """Pictures `(batch, *shape)` with the mark, as a part of the graph."""
    left_alone, ink = np.ones((1, *shape[:2], 1), np.float32), np.zeros((1, *shape[:2], 1), np.float32)
    left_alone[(0, *mark.place, 0)] = 0.0
    ink[(0, *mark.place, 0)] = np.where(mark.ink, value_range[1], value_range[0])
    return tf.cast(made, tf.float32) * left_alone + ink


def _part(coder: keras.Model, name: str) -> keras.Model:
    try:
        return coder.get_layer(name)
    except ValueError as error:
        raise ValueError(_no_coder(f"{coder.name!r} without {name!r}")) from error


def _no_coder(received: str) -> str:
    return (
        f"Expected a generator with the layers 'encoder' and 'decoder', as kgan.architectures.face_grid_autoencoder "
        f"has. Received: {received}."
    )


def _are_the_same(splits: Splits) -> bool:
    """Whether both collections hold the same pictures, as far as their fingerprint tells."""
    rows = {} if splits.fingerprint is None else splits.fingerprint.rows
    known = [{one for name, one in rows.items() if name.startswith(f"{side}/")} for side in "ab"]
    return bool(known[0]) and known[0] == known[1]


def _one_identity(received: str) -> str:
    return (
        f"Expected faces of two identities, a folder each. Received: {received}, one identity only. Name two folders, "
        f"or one with a sub-folder for each identity."
    )

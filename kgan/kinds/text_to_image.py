"""Text to image: noise and a text become a picture. Its model is `kgan.TextToImage`."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from kgan import callbacks, data, recipes
from kgan.architectures import text_conditioned
from kgan.data import Splits
from kgan.kinds.generation import Generation
from kgan.models.kind import Exported
from kgan.models.text_to_image import TextToImage as Model
from kgan.report import of_captions as caption_sections
from kgan.run import Run

__all__ = ["TextToImage"]

_MOST_WORDS = 4  # of a text that is drawn


class TextToImage(Generation):
    """Latents and a text in, a picture out, compared with pictures and their captions."""

    name = "text_to_image"
    model = Model
    loader = staticmethod(data.load_captions)
    options: Mapping[str, bool | int | float | str] = MappingProxyType({"embedding_dim": 64})
    takes_balance = False  # texts are no classes

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The pictures and their captions as `kgan.data.load_captions` has them.

        Raises:
            DataError: if they cannot be loaded.
        """
        return self.loader(source, batch_size, seed=seed, strict=strict, **options)

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        """The model.

        Raises:
            ValueError: if the data have no captions, a network takes no texts, or a setting is out of range.
        """
        captions = splits.captions
        if captions is None:
            raise ValueError("Expected pictures with captions, kgan.data.load_captions. Received: other data.")
        derived = {
            "sample_shape": splits.sample_shape,
            "num_classes": None,
            "num_tags": recipe.model["embedding_dim"],
        }
        model = Model(
            text_conditioned(recipe.network("generator", seed=seed, **derived), captions.dim, seed=seed),
            text_conditioned(
                recipe.network("discriminator", seed=seed + 1000, **derived), captions.dim, seed=seed + 1000
            ),
            vocabulary=captions.vocabulary,
            encoder=captions.encoder,
            seed=seed,
            **recipe.model_arguments(),
        )
        model.compile(**recipe.compile_arguments(), metrics=list(metrics))
        return model

    def check_same_data(self, model: Model, splits: Splits) -> None:
        super().check_same_data(model, splits)
        model.check_captions(splits)

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.CaptionGrid(run.samples, log_dir=run.tensorboard / "samples")]

    def sections(self, run: Run, model: Model, evaluation: Any) -> list[str]:
        return [*caption_sections.sections(run, model, evaluation), *super().sections(run, model, evaluation)]

    def exported(self, model: Model) -> Exported:
        """The generator with its encoder of texts; the vocabulary is in the metadata."""
        whole = super().exported(model)
        what = "words" if model.vocabulary is not None else "vectors"
        return dataclasses.replace(
            whole,
            example=lambda batch: {**whole.example(batch), "labels": _texts(model, batch, batch)},
            draw=lambda count, seed: {**whole.draw(count, seed), "labels": _texts(model, count, seed)},
            metadata={**whole.metadata, "kgan_texts": json.dumps(what)},
            card={**whole.card, "kind": self.name, "texts": what},
        )


def _texts(model: Model, count: int, seed: int) -> np.ndarray:
    """Texts of one to four words, float32 `(count, words)`; vectors from N(0, 1) where there is no vocabulary."""
    random, dim = np.random.RandomState(seed), model.num_tags
    if model.vocabulary is None:
        return random.standard_normal((count, dim)).astype(np.float32)
    rows = np.zeros((count, dim), np.float32)
    for row in rows:
        row[random.choice(dim, min(dim, random.randint(1, _MOST_WORDS + 1)), replace=False)] = 1.0
    return rows

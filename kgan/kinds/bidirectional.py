"""Generation with a way back: latents in, samples out, and an encoder back. Its model: `kgan.BiGAN`."""

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import keras
import numpy as np

from kgan import architectures, recipes
from kgan._game.batch import IMAGES, SAMPLES
from kgan.data import Splits
from kgan.kinds.generation import Generation, directions
from kgan.models.bigan import BiGAN
from kgan.models.kind import Exported, Tensor

__all__ = ["Bidirectional"]

_BATCHES = (1, 5)


class Bidirectional(Generation):
    """The generator, and its encoder as a part of its own."""

    name = "bidirectional"
    model = BiGAN
    options: Mapping[str, bool | int | float | str] = MappingProxyType({"pair_width": 256})
    takes_balance = False  # its generator takes no classes

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> BiGAN:
        """The model; its encoder is a network as the recipe's discriminator. Labels of the data are left aside.

        Raises:
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """
        derived = {"sample_shape": splits.sample_shape, "num_classes": None, "num_tags": None}
        generator = recipe.network("generator", seed=seed, **derived)
        latent_dim = generator.inputs[0].shape[-1]
        judge, seen = (recipe.network("discriminator", seed=seed + more, **derived) for more in (1000, 2000))
        gan = BiGAN(
            generator,
            architectures.latents_encoder(seen, latent_dim, seed=seed + 2500),
            architectures.pair_discriminator(judge, latent_dim, recipe.model["pair_width"], seed=seed + 1500),
            seed=seed,
            **recipe.model_arguments(),
        )
        gan.compile(**recipe.compile_arguments(), metrics=list(metrics))
        return gan

    def exported(self, model: BiGAN) -> Exported:
        """The generator as of a `kgan.GAN`; the part `encoder` takes samples, and gives the latents that they have."""
        name = IMAGES if len(model.sample_shape) == 3 else SAMPLES
        samples = Tensor(name, tuple(model.sample_shape), value_range=model.value_range)
        whole = dataclasses.replace(super().exported(model), output=dataclasses.replace(samples, value_range=None))
        code = Tensor("latents", (model.latent_dim,))
        encoder = dataclasses.replace(
            whole,
            inputs=(samples,),
            output=code,
            call=lambda both, samples: both.encoder(samples, training=False),
            example=functools.partial(_noise, samples),
            value_range=None,
            metadata={**whole.metadata, "kgan_part": json.dumps("encoder"), "kgan_value_range": "null"},
            of_weights=None,
            batches=_BATCHES,
            draw=None,
        )
        return dataclasses.replace(
            whole,
            of_weights=lambda both: {"kgan_directions": json.dumps(directions(both.generator, model.latent_dim))},
            parts={"encoder": encoder},
        )

    def _further(self, model: BiGAN) -> tuple[Tensor, ...]:
        return ()


def _noise(samples: Tensor, batch: int) -> dict[str, np.ndarray]:
    """Noise within the range of the samples, by their name."""
    noise = np.random.RandomState(batch).uniform(*(samples.value_range or (-1.0, 1.0)), (batch, *samples.shape))
    return {samples.name: noise.astype(np.float32)}

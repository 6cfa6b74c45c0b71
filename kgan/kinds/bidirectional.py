"""Generation with a way back: latents in, samples out, and an encoder from samples to latents. Its model: `kgan.BiGAN`.

No recipe has it: its networks are the user's own.
"""

import dataclasses
import functools
import json

import numpy as np

from kgan._game.batch import IMAGES, SAMPLES
from kgan.kinds.generation import Generation, directions
from kgan.models.bigan import BiGAN
from kgan.models.kind import Exported, Tensor

__all__ = ["Bidirectional"]

_BATCHES = (1, 5)


class Bidirectional(Generation):
    """The generator, and its encoder as a part of its own."""

    name = "bidirectional"
    model = BiGAN

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

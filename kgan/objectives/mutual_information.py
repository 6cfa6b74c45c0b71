"""The mutual information of InfoGAN."""

import math

import keras
import tensorflow as tf
from keras import ops

from kgan import latents as latent_distributions
from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective, latents_of
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["MutualInformation"]


@keras.saving.register_keras_serializable("kgan")
class MutualInformation(Objective):
    """Both players keep in the samples what the code in the latents says (InfoGAN).

    With latents `kgan.latents.Coded(...)`, both minimise `-E[log Q(c | G(z, c))]`: the cross-entropy of each
    categorical code plus the negative log-likelihood of the continuous ones under a normal. Q is the discriminator's
    output `"codes"`, `(batch, sum(categorical) + 2 * continuous)`: logits, then means, then log standard deviations
    (which the authors' program holds at 0). `H(c)` less this is a lower bound of the mutual information I(c; G(z, c)).

    Args:
        latents: The `kgan.latents.Coded` that the GAN draws from.
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `1.0`.
        continuous_weight: Of the continuous codes among the others. The paper wants it small enough for their
            likelihood to be on the scale of the rest, its authors' program has 1. Defaults to `0.1`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"mutual_information"`.

    Raises:
        TypeError: if `latents` is no `kgan.latents.Coded`.
        ValueError: if a weight is negative, `name` is no identifier, or, in `compile`, the discriminator has no output
            `"codes"` of that width, or the GAN draws from other latents.

    Reference:
        Chen et al., 2016, InfoGAN. arXiv:1606.03657
    """

    def __init__(
        self,
        latents: "latent_distributions.Coded",
        weight: "float | Schedule" = 1.0,
        continuous_weight: float = 0.1,
        name: str | None = None,
    ):
        if not isinstance(latents, latent_distributions.Coded):
            raise TypeError(f"Expected latents as a kgan.latents.Coded. Received: latents={latents!r}.")
        self.latents = latents
        self.weight = number_or_schedule("weight", weight)
        if not continuous_weight >= 0.0:
            raise ValueError(f"Expected continuous_weight >= 0. Received: continuous_weight={continuous_weight}.")
        self.continuous_weight = float(continuous_weight)
        self._call_it(name)

    @property
    def outputs(self) -> tuple[str, ...]:
        return ("codes",)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        width = sum(self.latents.categorical) + 2 * self.latents.continuous
        if outputs["codes"][-1] != width:
            raise ValueError(
                f"Expected the discriminator's output 'codes' to be {width} wide: a logit for each category, then a "
                f"mean and a log standard deviation for each continuous code. Received: shape {outputs['codes']}."
            )
        drawn = getattr(model, "latents", self.latents)
        if drawn.name != self.latents.name or drawn.get_config() != self.latents.get_config():
            raise ValueError(
                f"Expected the GAN to draw from the objective's latents, kgan.GAN(..., latents=coded). "
                f"Received: {drawn.name} with {drawn.get_config()}."
            )

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        predicted = step.generated_outputs["codes"]
        _, categorical, continuous = self.latents.split(latents_of(step))
        total = 0.0
        for code in categorical:  # one-hot, (b, n)
            logits, predicted = predicted[:, : code.shape[-1]], predicted[:, code.shape[-1] :]
            total += ops.mean(ops.categorical_crossentropy(code, logits, from_logits=True))
        if self.latents.continuous:
            mean, log_deviation = ops.split(predicted, 2, axis=-1)
            scaled = (continuous - mean) * ops.exp(-log_deviation)
            likelihood = -0.5 * (ops.square(scaled) + math.log(2.0 * math.pi)) - log_deviation
            total -= self.continuous_weight * ops.mean(ops.sum(likelihood, axis=-1))
        return total

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        return self.discriminator_loss(step)

"""What the players minimise besides the game itself, in a list: `compile(objectives=[...])`.

An objective reads a `Judgement`: the batch, the samples, and what the discriminator says of them by the names of its
outputs. A discriminator with more than one output is a Keras model that returns a dictionary, as
`keras.Model(inputs, {"logits": logits, "classes": classes})`.
"""

import math

import keras
from keras import ops

from kgan import distribution, lookup
from kgan import latents as latent_distributions
from kgan.configurable import Configurable
from kgan.rounds import Judgement
from kgan.schedules import number_or_schedule


class Objective(Configurable):
    """A term that is added to the loss of one player or of both.

    Subclass it to bring one of your own and override one method or both; each returns a float32 scalar. The strength
    `weight` is a number or a `kgan.schedules.Schedule`, and the training step multiplies by it.

    Attributes:
        weight: Non-negative; a constructor's argument in every objective of kgan.
        sees_reals: Whether `generator_loss` reads `real_outputs`.
    """

    weight: float = 1.0
    sees_reals = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the discriminator's outputs, or of layers in it, that the objective reads besides `"logits"`."""
        return ()

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        """Called by `compile`, to refuse what the objective cannot work on.

        Args:
            model: The `kgan.AdversarialModel`.
            outputs: The shapes of the discriminator's outputs by name.
        """

    def generator_loss(self, judgement: Judgement):
        """What the generator minimises; `judgement.generated` carries the gradient."""

    def discriminator_loss(self, judgement: Judgement):
        """What the discriminator minimises."""

    @property
    def players(self) -> tuple[str, ...]:
        """Whose loss it enters: the methods that a subclass overrides."""
        return tuple(
            player
            for player in ("generator", "discriminator")
            if getattr(type(self), f"{player}_loss") is not getattr(Objective, f"{player}_loss")
        )


@keras.saving.register_keras_serializable("kgan")
class FeatureMatching(Objective):
    """The generator matches the mean of the discriminator's features on reals.

    It minimises `||E_x f(x) - E_z f(G(z))||^2`, the squared L2 norm over all features of a layer f, the means over the
    batch.

    Args:
        layer: Name of a layer of the discriminator, or of one of its outputs.
        weight: Non-negative float, or a schedule. Defaults to `1.0`.

    Raises:
        ValueError: `weight` is negative, or, in `compile`, the discriminator has no such layer.

    Reference:
        Salimans et al., 2016, Improved Techniques for Training GANs, section 3.1. arXiv:1606.03498
    """

    sees_reals = True

    def __init__(self, layer: str = "features", weight: float = 1.0):
        self.layer = layer
        self.weight = number_or_schedule("weight", weight)

    @property
    def outputs(self):
        return (self.layer,)

    def generator_loss(self, judgement):
        real = distribution.batch_mean(judgement.real_outputs[self.layer], axis=0)
        generated = distribution.batch_mean(judgement.generated_outputs[self.layer], axis=0)
        return ops.sum(ops.square(ops.stop_gradient(real) - generated))


@keras.saving.register_keras_serializable("kgan")
class ModeSeeking(Objective):
    """The generator keeps samples apart whose latents are apart, against mode collapse.

    It minimises `1 / (d(G(z), G(z')) / d(z, z') + 1e-5)`, d the mean absolute difference over the batch, z' the batch's
    latents turned by one place, with the same labels. The paper maximises the ratio; its authors' program minimises
    this, which stays bounded below.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Mao et al., 2019, Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis. arXiv:1903.05628
    """

    def __init__(self, weight: float = 1.0):
        self.weight = number_or_schedule("weight", weight)

    def generator_loss(self, judgement):
        z, inputs = _latents(judgement), judgement.game.generator_inputs
        turned = ops.roll(z, 1, axis=0)
        others = judgement.generate([turned, *inputs[1:]] if isinstance(inputs, list) else turned)
        apart = distribution.batch_mean(ops.abs(judgement.generated - others))
        apart /= distribution.batch_mean(ops.abs(z - turned))
        return 1.0 / (apart + 1e-5)


def _latents(judgement: Judgement):
    if judgement.game.latents is None:
        raise ValueError("Expected a game with latents, Round(..., latents=z). Received: one without.")
    return judgement.game.latents


@keras.saving.register_keras_serializable("kgan")
class AuxiliaryClassifier(Objective):
    """The discriminator also tells the classes, of reals and of generated samples; the generator helps it to.

    Both players minimise the cross-entropy of the discriminator's output `"classes"`, `(batch, num_classes)` logits:
    the discriminator on reals and generated (their sum), the generator on its own samples. Labels of several tags at
    once, `(batch, num_tags)` of 0 and 1, are held against as many sigmoids, their cross-entropies added up.

    It favours samples that are easily told, so that classes may lose their variety (Shu et al., 2017, AC-GAN Learns a
    Biased Distribution); judging by projection does not.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.

    Raises:
        ValueError: `weight` is negative, or, in `compile`, the discriminator has no output `"classes"`, or the
            generator takes no labels.

    Reference:
        Odena et al., 2017, Conditional Image Synthesis with Auxiliary Classifier GANs. arXiv:1610.09585;
        tags, Jin et al., 2017, arXiv:1708.05509
    """

    def __init__(self, weight: float = 1.0):
        self.weight = number_or_schedule("weight", weight)

    @property
    def outputs(self):
        return ("classes",)

    def check(self, model, outputs):
        if not getattr(model, "generator_takes_labels", True):
            raise ValueError(
                "Expected a generator that takes labels, [latents, labels], for the auxiliary classifier to hold its "
                "samples against. Received: one that takes none."
            )

    def discriminator_loss(self, judgement):
        labels = judgement.game.labels
        real, generated = (
            _cross_entropy(outputs["classes"], labels)
            for outputs in (judgement.real_outputs, judgement.generated_outputs)
        )
        return real + generated

    def generator_loss(self, judgement):
        return _cross_entropy(judgement.generated_outputs["classes"], judgement.game.labels)


def _cross_entropy(logits, labels):
    """Mean over the batch, from logits `(batch, n)` and classes `(batch,)` or tags `(batch, n)`."""
    if len(labels.shape) == 1:
        return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))
    tags = ops.cast(labels, "float32")
    return ops.mean(ops.sum(ops.softplus(logits) - tags * logits, axis=-1))


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

    Raises:
        TypeError: `latents` is no `kgan.latents.Coded`.
        ValueError: A weight is negative, or, in `compile`, the discriminator has no output `"codes"` of that width, or
            the GAN draws from other latents.

    Reference:
        Chen et al., 2016, InfoGAN. arXiv:1606.03657
    """

    def __init__(self, latents: "latent_distributions.Coded", weight: float = 1.0, continuous_weight: float = 0.1):
        if not isinstance(latents, latent_distributions.Coded):
            raise TypeError(f"Expected latents as a kgan.latents.Coded. Received: latents={latents!r}.")
        self.latents = latents
        self.weight = number_or_schedule("weight", weight)
        if not continuous_weight >= 0.0:
            raise ValueError(f"Expected continuous_weight >= 0. Received: continuous_weight={continuous_weight}.")
        self.continuous_weight = float(continuous_weight)

    @property
    def outputs(self):
        return ("codes",)

    def check(self, model, outputs):
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

    def discriminator_loss(self, judgement):
        predicted = judgement.generated_outputs["codes"]
        _, categorical, continuous = self.latents.split(_latents(judgement))
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

    def generator_loss(self, judgement):
        return self.discriminator_loss(judgement)


OBJECTIVES = lookup.by_name([FeatureMatching, ModeSeeking, AuxiliaryClassifier, MutualInformation])


def get(identifier: "str | Objective") -> Objective:
    """Returns the objective: by name (`"auxiliary_classifier"`), or as it is when it is an `Objective` already.

    Raises:
        ValueError: No objective has that name.
        TypeError: `identifier` is neither a name nor an `Objective`, or the objective of that name needs arguments.
    """
    return lookup.resolve("objectives", identifier, OBJECTIVES, Objective)

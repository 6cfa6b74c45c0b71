"""R1 and R2: squared gradients of the discriminator on reals and on generated samples."""

import keras
import tensorflow as tf
from keras import ops

from kgan import schedules
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan._support.checks import whole
from kgan.penalties.base import Penalty, squared_norm

__all__ = ["R1", "R2"]


class _ZeroCentred(Penalty):
    def __init__(self, gamma: "float | schedules.Schedule" = 1.0, every: int = 1, name: str | None = None):
        self.gamma = schedules.number_or_schedule("gamma", gamma)
        self.every = whole("every", every, 1)
        self._call_it(name)

    def _penalty(self, seen: DiscriminatorPass, gradient):
        return schedules.at(self.gamma, seen.images_seen) / 2 * ops.mean(squared_norm(gradient))


@keras.saving.register_keras_serializable("kgan")
class R1(_ZeroCentred):
    """Zero-centred gradient penalty on real samples.

    Adds `gamma / 2 * mean_i ||d D(x_i) / d x_i||^2` to the discriminator's loss: the squared L2 norm over all
    non-batch axes. Logits are summed before they are differentiated, so the value does not depend on batch size.

    Args:
        gamma: Non-negative float, or a `kgan.schedules.Schedule`. The 1/2 is applied here. Defaults to `1.0`.
        every: Lazily: the penalty gets an update of its own at every so many steps, times `every`, and Adam's rates are
            corrected for the extra update (`compile` says how). StyleGAN2 takes 16. Defaults to `1`.
        name: The entry in the logs, as `"r1_coarse"`, where two of a kind are to be told apart. Defaults to
            `"r1_penalty"` and `"r2_penalty"`.

    Raises:
        ValueError: if `gamma` is negative, `every` is less than 1, or `name` is no identifier.

    Examples:
        >>> kgan.penalties.R1(gamma=kgan.schedules.Cosine(1.0, 0.1, images=2e6)).name
        'r1_penalty'
        >>> kgan.penalties.R1(10.0, every=16).get_config()
        {'gamma': 10.0, 'every': 16, 'name': None}

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406;
        lazily, Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """

    needs = frozenset({"real"})

    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        return self._penalty(seen, seen.real_gradient)


@keras.saving.register_keras_serializable("kgan")
class R2(_ZeroCentred):
    """Zero-centred gradient penalty on generated samples.

    Adds `gamma / 2 * mean_i ||d D(G(z_i)) / d G(z_i)||^2` to the discriminator's loss; the rest is as in `R1`.

    Args:
        gamma: Non-negative float, or a `kgan.schedules.Schedule`. The 1/2 is applied here. Defaults to `1.0`.
        every: Lazily: the penalty gets an update of its own at every so many steps, times `every`, and Adam's rates are
            corrected for the extra update (`compile` says how). StyleGAN2 takes 16. Defaults to `1`.
        name: The entry in the logs, as `"r1_coarse"`, where two of a kind are to be told apart. Defaults to
            `"r1_penalty"` and `"r2_penalty"`.

    Raises:
        ValueError: if `gamma` is negative, `every` is less than 1, or `name` is no identifier.

    Examples:
        >>> penalties = [kgan.penalties.R1(1.0), kgan.penalties.R2(1.0)]  # compile(penalties=penalties)
        >>> [penalty.name for penalty in penalties]
        ['r1_penalty', 'r2_penalty']

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406
    """

    needs = frozenset({"generated"})

    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        return self._penalty(seen, seen.generated_gradient)

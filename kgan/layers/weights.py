"""Layers that run another layer with a kernel computed from its weights."""

import math
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole
from kgan.layers.power_method import largest_singular_value

__all__ = ["Equalized", "SpectralNormalization"]


class _KernelWrapper(keras.layers.Wrapper):
    """Runs a layer with another kernel than its variable's value, gradients included.

    Inside a `StatelessScope` that maps the variable to a tensor, the layer computes with the tensor; nothing is
    assigned. (Keras's own SpectralNormalization assigns, which changes the weight at every pass and cuts the gradient.)
    """

    mixes_batch = False
    _attributes: tuple[str, ...] = ("kernel",)
    _such_as = "a kernel, such as Dense or Conv2D"

    def build(self, input_shape: tuple | None = None) -> None:
        super().build(input_shape)
        found = [one for one in self._attributes if isinstance(getattr(self.layer, one, None), keras.Variable)]
        if not found:
            raise ValueError(
                f"Expected a layer with {self._such_as}, for {type(self).__name__}. Received: {self.layer!r}."
            )
        self._attribute = found[0]

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> "_KernelWrapper":
        # Keras would build the layer before the wrapper has it, and its weights' paths would lack the wrapper's name.
        layer = config["layer"]
        if isinstance(layer, dict):
            config = {**config, "layer": {key: value for key, value in layer.items() if key != "build_config"}}
        return super().from_config(config, custom_objects)

    @property
    def _kernel(self) -> keras.Variable:
        return getattr(self.layer, self._attribute)

    def _run(self, inputs, kernel, bias=None):
        mapping = [(self._kernel, kernel), *([] if bias is None else [(self.layer.bias, bias)])]
        with keras.StatelessScope(state_mapping=mapping):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return self.layer.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable("kgan")
class SpectralNormalization(_KernelWrapper):
    """Divides the kernel by its largest singular value, so that the layer is 1-Lipschitz.

    The kernel is read as a matrix W of `(inputs * kernel size, outputs)`. When training, each step of the power method
    moves the state u: `v = W u / ||W u||`, `u <- W' v / ||W' v||`, and `sigma = v' W u` is differentiated with u and v
    held constant. At inference u stays as it is. It takes the arguments of `keras.layers.SpectralNormalization`, which
    overwrites the weight at every training pass, and cuts its gradient.

    Args:
        layer: A layer with a `kernel`, as Dense or Conv2D, or with `embeddings`, as Embedding, whose matrix is
            `(input_dim, output_dim)`.
        power_iterations: Steps of the power method in a training pass. Defaults to `1`, as in the paper.
        seed: Of the initial u.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: if `power_iterations` is less than 1; when it is built, if the layer has neither a kernel nor
            embeddings.

    Reference:
        Miyato et al., 2018, Spectral Normalization for Generative Adversarial Networks. arXiv:1802.05957
    """

    _attributes = ("kernel", "embeddings")
    _such_as = "a kernel, such as Dense or Conv2D, or embeddings, as Embedding"

    def __init__(self, layer: keras.layers.Layer, power_iterations: int = 1, seed: int | None = None, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.power_iterations = whole("power_iterations", power_iterations, 1)
        self.seed = seed

    def build(self, input_shape: tuple | None = None) -> None:
        super().build(input_shape)
        initializer = keras.initializers.RandomNormal(seed=self.seed)
        self.u = self.add_weight(name="u", shape=(self._kernel.shape[-1],), initializer=initializer, trainable=False)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        kernel = ops.convert_to_tensor(self._kernel)
        sigma, u = largest_singular_value(
            kernel, ops.convert_to_tensor(self.u), self.power_iterations if training else 0
        )
        if training:
            self.u.assign(u)
        return self._run(inputs, kernel / sigma)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "power_iterations": self.power_iterations, "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class Equalized(_KernelWrapper):
    """Equalised learning rate: the kernel starts from N(0, 1) and is scaled by `gain / sqrt(fan_in)` when it is used.

    An optimizer that divides by the gradient's size, as Adam does, then moves every layer at the same relative speed;
    with `multiplier`, at that part of it: the kernel starts from `N(0, 1) / multiplier`, and is scaled by
    `multiplier * gain / sqrt(fan_in)`.

    Args:
        layer: A layer with a `kernel`; its kernel initializer is replaced.
        gain: sqrt(2) before a rectifier, 1 before a linear output. Defaults to sqrt(2).
        seed: Of the initial kernel.
        multiplier: Of the learning rate, positive; StyleGAN's mapping has 0.01.
        scales_bias: Whether the bias too is multiplied, by `multiplier * gain`, as in StyleGAN2, whose gain comes
            after the rectifier. Progressive growing leaves it as it is.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: if `multiplier` is not positive; when it is built, if the layer has no kernel.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, section 4.1. arXiv:1710.10196
    """

    def __init__(
        self,
        layer: keras.layers.Layer,
        gain: float = math.sqrt(2.0),
        seed: int | None = None,
        multiplier: float = 1.0,
        scales_bias: bool = False,
        **kwargs: Any,
    ):
        super().__init__(layer, **kwargs)
        if not multiplier > 0.0:
            raise ValueError(f"Expected multiplier > 0. Received: multiplier={multiplier}.")
        self.gain = float(gain)
        self.seed = seed
        self.multiplier = float(multiplier)
        self.scales_bias = bool(scales_bias)
        self.layer.kernel_initializer = keras.initializers.RandomNormal(stddev=1.0 / self.multiplier, seed=seed)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        kernel = ops.convert_to_tensor(self._kernel)
        factor = self.gain * self.multiplier
        bias = ops.convert_to_tensor(self.layer.bias) * factor if self.scales_bias and self.layer.use_bias else None
        return self._run(inputs, kernel * (factor / math.sqrt(math.prod(kernel.shape[:-1]))), bias)

    def get_config(self) -> dict[str, Any]:
        own = {"gain": self.gain, "seed": self.seed, "multiplier": self.multiplier, "scales_bias": self.scales_bias}
        return {**super().get_config(), **own}

"""A generator of styles taken apart: mapping, styles, noise, synthesis."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

_PARTS = ("mapping", "styles", "noise", "synthesis")


@dataclass(frozen=True)
class StyleParts:
    """What a generator as `kgan.architectures.stylegan2_generator` is made of; any generator with such layers has them.

    Attributes:
        mapping: A model from the generator's inputs to w, `(batch, style_dim)`.
        styles: The layer from w to one style for each place, with the mean of w; a `kgan.layers.Styles`.
        noise: The layer that draws noise; a `kgan.layers.DrawnNoise`.
        synthesis: A model from `[styles, noise]` to images.

    Examples:
        >>> generator = kgan.architectures.stylegan2_generator((16, 16, 3), latent_dim=8, width=4, seed=0)
        >>> parts = kgan.architectures.StyleParts.of(generator)
        >>> z = np.random.default_rng(0).standard_normal((2, 8)).astype("float32")
        >>> w = parts.mapping(z)
        >>> coarse, fine = parts.styles(w)[:1], parts.styles(w)[1:]
        >>> mixed = keras.ops.concatenate([coarse[:, :2], fine[:, 2:]], axis=1)  # (1, 6, 8)
        >>> parts.synthesis([mixed, parts.noise(z)]).shape
        TensorShape([1, 16, 16, 3])
    """

    mapping: keras.Model
    styles: keras.layers.Layer
    noise: keras.layers.Layer
    synthesis: keras.Model

    @classmethod
    def of(cls, generator: keras.Model) -> "StyleParts":
        """The parts of a generator.

        Raises:
            ValueError: if it has no such layers.
        """
        found = cls.found_in(generator)
        if found is None:
            raise ValueError(
                f"Expected a generator with layers named {', '.join(map(repr, _PARTS))}, as "
                f"kgan.architectures.stylegan2_generator makes them. Received: {generator.name!r} without them."
            )
        return found

    @classmethod
    def found_in(cls, generator: keras.Model) -> "StyleParts | None":
        """The parts of a generator, or `None` where it has no such layers."""
        by_name = {layer.name: layer for layer in getattr(generator, "layers", ())}
        if not set(_PARTS) <= set(by_name) or not hasattr(by_name["styles"], "truncated"):
            return None
        if isinstance(generator.output, dict):  # of further outputs these parts know nothing
            return None
        return cls(*(by_name[name] for name in _PARTS))

    @property
    def style_dim(self) -> int:
        """Numbers of w."""
        return self.mapping.output_shape[-1]

    @property
    def noise_size(self) -> int:
        """Numbers of noise for one sample."""
        return self.synthesis.inputs[1].shape[1]

    def images(
        self,
        inputs: Any,
        truncation_psi: "tf.Tensor | float" = 1.0,
        noise: "tf.Tensor | None" = None,
        offset: "tf.Tensor | None" = None,
    ) -> tf.Tensor:
        """Images in inference mode.

        Args:
            inputs: Latents `(batch, latent_dim)`, or `[latents, labels]`.
            truncation_psi: Draws w towards its mean by this factor: 1 for w itself, 0 for the mean.
            noise: `(batch or 1, noise_size)`, N(0, 1); `None` for the generator's own, the same for all samples.
            offset: `(batch or 1, style_dim)`, added to w after truncation, at each place; `None` for nothing.

        Returns:
            `(batch, height, width, channels)`.
        """
        w = self.mapping(inputs, training=False)
        styles = self.styles.truncated(w, truncation_psi)
        if offset is not None:
            styles = styles + tf.cast(offset, styles.dtype)[:, None]
        return self._synthesised(styles, w, noise)

    def images_of(self, w: tf.Tensor, noise: "tf.Tensor | None" = None) -> tf.Tensor:
        """Images of w in inference mode, the same at each place.

        Args:
            w: `(batch, style_dim)`, as `mapping` gives it; truncated, perhaps.
            noise: As for `images`.

        Returns:
            `(batch, height, width, channels)`.
        """
        return self._synthesised(self.styles.truncated(w, 1.0), w, noise)

    def _synthesised(self, styles: tf.Tensor, w: tf.Tensor, noise: "tf.Tensor | None") -> tf.Tensor:
        noise = self.noise(w, training=False) if noise is None else tf.convert_to_tensor(noise)
        return self.synthesis([styles, noise], training=False)

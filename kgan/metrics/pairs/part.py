"""The part of images that papers on super-resolution measure: the luminance, without the border."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole

__all__ = ["Part"]

_LUMINANCE = np.array([65.481, 128.553, 24.966], np.float32)  # of 255, for R, G, B in [0, 1]: BT.601
_BLACK = 16.0


@dataclass(frozen=True)
class Part:
    """Which part of images a figure is worked out on.

    Attributes:
        luminance: Whether images are clipped, rounded to 8 bits, and Y of BT.601 is taken where they have colours.
        border: Pixels that are cut at each edge.

    Raises:
        ValueError: if `border` is negative.
    """

    luminance: bool = False
    border: int = 0

    def __post_init__(self) -> None:
        whole("border", self.border, 0)

    @property
    def label(self) -> str:
        """What a figure's title has behind it."""
        return " (Y)" if self.luminance else ""

    def of(self, images: tf.Tensor, value_range: tuple[float, float]) -> tf.Tensor:
        """That part, in the same value range.

        Args:
            images: `(batch, height, width, channels)` float32, any other samples where nothing is cut or taken.
            value_range: `(low, high)` of them.

        Raises:
            ValueError: if they are no images, or not larger than twice the border.
        """
        if not self.luminance and not self.border:
            return images
        border = self.border
        if images.shape.rank != 4 or any(side is not None and side <= 2 * border for side in images.shape[1:3]):
            raise ValueError(
                f"Expected images (batch, height, width, channels) larger than twice border={border}. Received: shape "
                f"{tuple(images.shape)}. Pass a smaller border."
            )
        if border:
            images = images[:, border:-border, border:-border]
        if not self.luminance:
            return images
        low, high = value_range
        levels = tf.clip_by_value(tf.round((images - low) * (255.0 / (high - low))), 0.0, 255.0)
        if images.shape[-1] != 1:
            levels = _BLACK + tf.tensordot(levels[..., :3] / 255.0, tf.constant(_LUMINANCE), 1)[..., None]
        return levels * ((high - low) / 255.0) + low

    def get_config(self) -> dict[str, Any]:
        """Both attributes, as the metrics' constructors take them."""
        return {"luminance": self.luminance, "border": self.border}

"""The structural similarity.

Reference:
    Wang et al., 2004, Image Quality Assessment: From Error Visibility to Structural Similarity. IEEE Transactions on
    Image Processing 13 (4)
"""

import keras
import numpy as np
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics.pairs.base import PairMetric, over_pair
from kgan.metrics.pairs.part import Part

__all__ = ["SSIM"]

_WINDOW, _SIGMA = 11, 1.5  # pixels
_K_1, _K_2 = 0.01, 0.03


@keras.saving.register_keras_serializable("kgan")
class SSIM(PairMetric):
    """Structural similarity of output and truth: means, variances and covariance in a window agree, and where.

    `(2 m_x m_y + C_1) (2 s_xy + C_2) / ((m_x^2 + m_y^2 + C_1) (s_x^2 + s_y^2 + C_2))`, the moments weighted by a
    Gaussian of 11 x 11 pixels and standard deviation 1.5, `C_1 = (0.01 L)^2`, `C_2 = (0.03 L)^2`, and `L` the width of
    the value range, whose lower end counts as 0: the figure is that of the same images in [0, 255]. An image has the
    mean over channels and over all windows that lie within it; then the mean is taken over images. 1 for equal images;
    higher is better.

    Args:
        value_range: `(low, high)` of the images as floats; uint8 images are taken from [0, 255] to it.
        name: Of the figure in the logs.
        luminance: Whether it is measured on the luminance, as `kgan.metrics.PSNR` does it.
        border: Pixels at each edge that are left out.

    Shapes:
        Images `(batch, height, width, channels)`, sides of at least 11 pixels.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first, or `border` is negative; in
            `update_state`, if images are smaller than the window once the border is cut, or no images.

    Reference:
        Wang et al., 2004, Image Quality Assessment: From Error Visibility to Structural Similarity. IEEE Transactions
        on Image Processing 13 (4)
    """

    title = "SSIM"
    better = "max"

    def __init__(
        self,
        value_range: tuple[float, float] = IMAGE_RANGE,
        name: str | None = "ssim",
        luminance: bool = False,
        border: int = 0,
    ):
        super().__init__(value_range, name)
        self.part = Part(luminance, border)

    @property
    def label(self) -> str:
        return f"{self.title}{self.part.label}"

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {**super().get_config(), **self.part.get_config()}

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        truth, output = (self.part.of(one, self.value_range) for one in (truth, output))
        if truth.shape.rank != 4 or any(side is not None and side < _WINDOW for side in truth.shape[1:3]):
            raise ValueError(
                f"Expected images (batch, height, width, channels) of at least {_WINDOW} x {_WINDOW} pixels, the "
                f"window of SSIM. Received: shape {tuple(truth.shape)}. Take kgan.metrics.PSNR for smaller images."
            )
        low, high = self.value_range
        middle = (high - low) / 2.0  # of [0, L]
        c_1, c_2 = ((k * (high - low)) ** 2 for k in (_K_1, _K_2))
        x, y = (image - (low + middle) for image in (truth, output))  # variances about the middle lose less to rounding
        m_x, m_y, squares, s_xy = tf.unstack(_windowed(tf.stack([x, y, x * x + y * y, x * y])))
        variances = squares - m_x * m_x - m_y * m_y
        s_xy -= m_x * m_y
        m_x, m_y = m_x + middle, m_y + middle
        luminance = (2.0 * m_x * m_y + c_1) / (m_x * m_x + m_y * m_y + c_1)
        return over_pair(luminance * (2.0 * s_xy + c_2) / (variances + c_2))


def _windowed(images: tf.Tensor) -> tf.Tensor:
    """The Gaussian mean in each window, `(n, b, h, w, c)` to `(n, b, h - 10, w - 10, c)`."""
    places = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(places**2) / (2.0 * _SIGMA**2))
    weights = tf.constant(weights / weights.sum(), images.dtype)
    shape = tf.shape(images)
    # One channel each, because a depthwise kernel must know their number.
    planes = tf.reshape(tf.transpose(images, (0, 1, 4, 2, 3)), (-1, shape[2], shape[3], 1))  # (n b c, h, w, 1)
    planes = tf.nn.conv2d(planes, tf.reshape(weights, (-1, 1, 1, 1)), 1, "VALID")
    planes = tf.nn.conv2d(planes, tf.reshape(weights, (1, -1, 1, 1)), 1, "VALID")
    inner = [shape[2] - _WINDOW + 1, shape[3] - _WINDOW + 1]
    planes = tf.reshape(planes, [shape[0], shape[1], shape[4], *inner])
    return tf.transpose(tf.ensure_shape(planes, (images.shape[0], None, None, None, None)), (0, 1, 3, 4, 2))

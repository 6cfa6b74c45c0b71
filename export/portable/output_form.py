"""The form that an export takes and gives pictures in, and the one that kgan has them in: float32, channels last."""

from collections.abc import Sequence

import numpy as np

__all__ = ["InputForm", "OutputForm", "as_uint8"]

LAYOUTS = ("nhwc", "nchw")
PIXELS = ("float32", "uint8")


class _Form:
    """What pictures look like as onnxruntime takes or gives them.

    Args:
        sample_shape: Of one with its channels last; `None` for a free height or width.
        value_range: `(low, high)` of its numbers; `None` for any.
        layout: `"nhwc"`, or `"nchw"` for channels first.
        pixels: `"float32"`, or `"uint8"` for grey levels of 0 to 255 in place of the value range.

    Attributes:
        shape: Of one in this form.
        dtype: Of its numbers.

    Raises:
        ValueError: if there is no such layout, or no such pixels of these samples.
    """

    def __init__(
        self, sample_shape: Sequence[int | None], value_range: Sequence[float] | None, layout: str, pixels: str
    ) -> None:
        if layout not in LAYOUTS or (layout == "nchw" and len(sample_shape) < 2):
            raise ValueError(f"layout={layout} of samples of shape {sample_shape}")
        if pixels not in PIXELS or (pixels == "uint8" and value_range is None):
            raise ValueError(f"pixels={pixels} of samples in the range {value_range}")
        self._channels_first, self._range = layout == "nchw", value_range
        self.shape = tuple((*sample_shape[-1:], *sample_shape[:-1]) if self._channels_first else sample_shape)
        self.dtype = np.dtype(pixels)
        self._plain = not self._channels_first and pixels == "float32"


class OutputForm(_Form):
    """What samples look like as onnxruntime gives them."""

    def restored(self, drawn: np.ndarray) -> np.ndarray:
        """The samples as float32 in the value range, with channels last."""
        if self._plain:
            return drawn
        if self._range is not None and self.dtype == np.uint8:
            low, high = self._range
            drawn = drawn.astype(np.float32) * np.float32((high - low) / 255.0) + np.float32(low)
        return np.ascontiguousarray(np.moveaxis(drawn, 1, -1)) if self._channels_first else drawn


class InputForm(_Form):
    """What pictures look like as onnxruntime takes them."""

    def formed(self, images: np.ndarray) -> np.ndarray:
        """Pictures of float32 in the value range, with channels last, as the network takes them: of 8 bits rounded."""
        if self._plain:
            return images
        if self._range is not None and self.dtype == np.uint8:
            images = as_uint8(images, self._range)
        return np.ascontiguousarray(np.moveaxis(images, -1, 1)) if self._channels_first else images


def as_uint8(samples: np.ndarray, value_range: Sequence[float]) -> np.ndarray:
    """Samples in the value range as grey levels of 0 to 255, rounded; what is beyond the range is cut off."""
    low, high = value_range
    return np.clip(np.rint((samples - low) * (255.0 / (high - low))), 0, 255).astype(np.uint8)

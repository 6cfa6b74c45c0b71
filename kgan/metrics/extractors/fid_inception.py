"""The Inception of 2015-12-05 on whose features the FID of the literature is computed, layer by layer.

It differs from the Inception v3 of Keras in its weights, in 1008 classes, and in a pool that takes maxima. Layers are
named as PyTorch's ports of it name them.

Reference:
    Szegedy et al., 2015, Rethinking the Inception Architecture for Computer Vision. arXiv:1512.00567
"""

import keras
from keras import ops

from kgan.metrics.extractors.torch_networks import convolution, dense, normalization

__all__ = ["SIDE", "build"]

SIDE = 299


def build() -> keras.Model:
    """From images `(b, 299, 299, 3)` in [-1, 1) to `"features"` `(b, 2048)` and `"logits"` `(b, 1008)`.

    The logits come without the bias of the last layer, as the program of the inception score's paper takes them.
    """
    images = keras.Input((SIDE, SIDE, 3), dtype="float32")
    x = _unit(images, "Conv2d_1a_3x3", 32, 3, 2, "valid")
    x = _unit(x, "Conv2d_2a_3x3", 32, 3, 1, "valid")
    x = _unit(x, "Conv2d_2b_3x3", 64, 3)
    x = ops.max_pool(x, 3, 2)  # (b, 73, 73, 64)
    x = _unit(x, "Conv2d_3b_1x1", 80, 1)
    x = _unit(x, "Conv2d_4a_3x3", 192, 3, 1, "valid")
    x = ops.max_pool(x, 3, 2)  # (b, 35, 35, 192)
    x = _mixed_5(x, "Mixed_5b", 32)
    x = _mixed_5(x, "Mixed_5c", 64)
    x = _mixed_5(x, "Mixed_5d", 64)  # (b, 35, 35, 288)
    x = _mixed_6a(x, "Mixed_6a")  # (b, 17, 17, 768)
    x = _mixed_6(x, "Mixed_6b", 128)
    x = _mixed_6(x, "Mixed_6c", 160)
    x = _mixed_6(x, "Mixed_6d", 160)
    x = _mixed_6(x, "Mixed_6e", 192)
    x = _mixed_7a(x, "Mixed_7a")  # (b, 8, 8, 1280)
    x = _mixed_7(x, "Mixed_7b", ops.average_pool)
    x = _mixed_7(x, "Mixed_7c", ops.max_pool)  # likely a slip of 2015, and part of what FID is
    features = ops.mean(x, axis=(1, 2))
    logits = dense(features, "fc", 1008, use_bias=False)
    return keras.Model(images, {"features": features, "logits": logits}, name="Inception")


def _unit(x, name: str, filters: int, kernel: "int | tuple[int, int]", strides: int = 1, padding: str = "same"):
    x = convolution(x, f"{name}.conv", filters, kernel, strides, padding)
    return ops.relu(normalization(x, f"{name}.bn"))


def _mixed_5(x, name: str, pool_filters: int):
    five = _unit(x, f"{name}.branch5x5_1", 48, 1)
    three = _unit(x, f"{name}.branch3x3dbl_1", 64, 1)
    three = _unit(three, f"{name}.branch3x3dbl_2", 96, 3)
    return _joined(
        _unit(x, f"{name}.branch1x1", 64, 1),
        _unit(five, f"{name}.branch5x5_2", 64, 5),
        _unit(three, f"{name}.branch3x3dbl_3", 96, 3),
        _unit(_pooled(x), f"{name}.branch_pool", pool_filters, 1),
    )


def _mixed_6a(x, name: str):
    three = _unit(x, f"{name}.branch3x3dbl_1", 64, 1)
    three = _unit(three, f"{name}.branch3x3dbl_2", 96, 3)
    return _joined(
        _unit(x, f"{name}.branch3x3", 384, 3, 2, "valid"),
        _unit(three, f"{name}.branch3x3dbl_3", 96, 3, 2, "valid"),
        ops.max_pool(x, 3, 2),
    )


def _mixed_6(x, name: str, inner: int):
    seven = _unit(x, f"{name}.branch7x7_1", inner, 1)
    seven = _unit(seven, f"{name}.branch7x7_2", inner, (1, 7))
    double = _unit(x, f"{name}.branch7x7dbl_1", inner, 1)
    double = _unit(double, f"{name}.branch7x7dbl_2", inner, (7, 1))
    double = _unit(double, f"{name}.branch7x7dbl_3", inner, (1, 7))
    double = _unit(double, f"{name}.branch7x7dbl_4", inner, (7, 1))
    return _joined(
        _unit(x, f"{name}.branch1x1", 192, 1),
        _unit(seven, f"{name}.branch7x7_3", 192, (7, 1)),
        _unit(double, f"{name}.branch7x7dbl_5", 192, (1, 7)),
        _unit(_pooled(x), f"{name}.branch_pool", 192, 1),
    )


def _mixed_7a(x, name: str):
    three = _unit(x, f"{name}.branch3x3_1", 192, 1)
    seven = _unit(x, f"{name}.branch7x7x3_1", 192, 1)
    seven = _unit(seven, f"{name}.branch7x7x3_2", 192, (1, 7))
    seven = _unit(seven, f"{name}.branch7x7x3_3", 192, (7, 1))
    return _joined(
        _unit(three, f"{name}.branch3x3_2", 320, 3, 2, "valid"),
        _unit(seven, f"{name}.branch7x7x3_4", 192, 3, 2, "valid"),
        ops.max_pool(x, 3, 2),
    )


def _mixed_7(x, name: str, pool):
    three = _unit(x, f"{name}.branch3x3_1", 384, 1)
    double = _unit(x, f"{name}.branch3x3dbl_1", 448, 1)
    double = _unit(double, f"{name}.branch3x3dbl_2", 384, 3)
    return _joined(
        _unit(x, f"{name}.branch1x1", 320, 1),
        _unit(three, f"{name}.branch3x3_2a", 384, (1, 3)),
        _unit(three, f"{name}.branch3x3_2b", 384, (3, 1)),
        _unit(double, f"{name}.branch3x3dbl_3a", 384, (1, 3)),
        _unit(double, f"{name}.branch3x3dbl_3b", 384, (3, 1)),
        _unit(_pooled(x, pool), f"{name}.branch_pool", 192, 1),
    )


def _pooled(x, pool=ops.average_pool):
    """Over 3 x 3, what lies outside the image left out of the mean."""
    return pool(x, 3, 1, "same")


def _joined(*branches):
    return ops.concatenate(branches, axis=-1)

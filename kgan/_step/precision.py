"""float16: which networks compute in it, and where it can be had."""

import keras
import tensorflow as tf


def in_float16(*models: keras.Model) -> bool:
    """Whether a layer of one of them computes in float16."""
    return any(layer.compute_dtype == "float16" for model in models for layer in model._flatten_layers())


def has_float16() -> bool:
    """Whether this machine computes in float16: a GPU does, a CPU only pretends to, many times slower than float32."""
    return bool(tf.config.list_physical_devices("GPU"))


def check_available(*models: keras.Model) -> None:
    """Refuses to train in float16 where there is none; loading, sampling and exporting work everywhere.

    Raises:
        ValueError: A layer computes in float16 and there is no GPU.
    """
    if in_float16(*models) and not has_float16():
        raise ValueError(
            "Expected a GPU to train in float16. Received: a machine without one, where float16 is emulated and many "
            'times slower. Build the networks under keras.config.set_dtype_policy("mixed_bfloat16"), or "float32".'
        )

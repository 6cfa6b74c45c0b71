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
    """Refuses to train in float16 without a GPU, and weights of half precision; loading and exporting work everywhere.

    Raises:
        ValueError: if a layer computes in float16 and there is no GPU, or weights are of half precision.
    """
    for model in models:
        halves = {weight.dtype for weight in model.trainable_variables} & {"float16", "bfloat16"}
        if halves:
            raise ValueError(
                f"Expected weights of float32 or float64 to train. Received: {model.name!r} with weights of "
                f"{halves.pop()}, in which the steps of an optimizer are lost in rounding. Build the networks under "
                f'keras.config.set_dtype_policy("mixed_bfloat16"), which keeps weights in float32.'
            )
    if in_float16(*models) and not has_float16():
        raise ValueError(
            "Expected a GPU to train in float16. Received: a machine without one, where float16 is emulated and many "
            'times slower. Build the networks under keras.config.set_dtype_policy("mixed_bfloat16"), or "float32".'
        )

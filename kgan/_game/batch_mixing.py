"""Whether a network's layers mix the samples of a batch."""

import keras


def mixing_layer(model: keras.Model) -> str | None:
    """The name of a layer by which each sample's input gradient is not its own when training, or `None`.

    BatchNormalization is one, unless it is frozen: Keras's runs in inference mode then, whatever it is told. Another
    package's layer says so by an attribute `mixes_batch = True`. One that also has `allows_penalties = True` does not
    count: published penalties differentiate the sum of a batch's logits through it, as through a minibatch standard
    deviation.
    """
    return next((layer.name for layer in model._flatten_layers() if _mixes(layer)), None)


def _mixes(layer: keras.layers.Layer) -> bool:
    if isinstance(layer, keras.layers.BatchNormalization):
        return layer.trainable
    return getattr(layer, "mixes_batch", False) and not getattr(layer, "allows_penalties", False)


def may_mix(model: keras.Model) -> bool:
    """Whether it cannot be told that no layer mixes the batch, so that reals and generated need a pass each.

    Keras's other layers do not mix, nor does a layer with `mixes_batch = False`. A Lambda, a layer or subclassed model
    of another package, and a bare operation in a functional graph might: that costs a second pass and is never wrong.
    So does a frozen BatchNormalization, which may be set free.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            return True
        from_keras = type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.layers.Lambda)
        if getattr(layer, "mixes_batch", not from_keras):
            return True
        operations = getattr(layer, "operations", [])  # only functional and sequential models have them
        if any(not isinstance(operation, keras.Layer) for operation in operations):
            return True
    return False

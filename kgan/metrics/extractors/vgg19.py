"""Features of VGG19, trained on ImageNet: what perceptual losses of super-resolution are defined on.

Reference:
    Simonyan and Zisserman, 2015, Very Deep Convolutional Networks for Large-Scale Image Recognition. arXiv:1409.1556;
    as a loss, Ledig et al., 2017, arXiv:1609.04802, and before the rectifier, Wang et al., 2018, arXiv:1809.00219
"""

import os

import keras
import tensorflow as tf

from kgan.metrics.extractors import pixels
from kgan.metrics.extractors.base import Extractor
from kgan.metrics.extractors.keras_networks import fingerprint, loaded
from kgan.metrics.extractors.prepared_network import PreparedNetwork

__all__ = ["load"]

_LAST = "block5_conv4"
_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
_MEANS = (103.939, 116.779, 123.68)  # of blue, green and red, which the network was trained without


def load(weights: "str | os.PathLike | None" = None) -> Extractor:
    """The extractor `"vgg19"`: 512 features of images of any size, means of the map `"block5_conv4"`.

    That map is taken before its rectifier; those of earlier layers, as `"block2_conv2"`, behind theirs.

    Args:
        weights: A file of weights as Keras saves them, without the layers at the top; `None` takes Keras's own, which
            it downloads once.

    Raises:
        ExtractorError: if the download failed, or the file is of another network.
    """

    def build() -> keras.Model:
        given = "imagenet" if weights is None else os.fspath(weights)
        return keras.applications.VGG19(include_top=False, weights=given, input_shape=(None, None, 3))

    network = loaded(
        build,
        "VGG19",
        f"or put {_FILE} into ~/.keras/models, or into models/ under $KERAS_HOME; or take 'vgg19:PATH' with such a "
        f"file, or 'efficientnet-lite0'.",
    )
    last = network.get_layer(_LAST)
    last.activation = keras.activations.linear
    features = keras.layers.GlobalAveragePooling2D(name="features")(last.output)
    model = keras.Model(network.inputs[0], {"features": features}, name="VGG19")

    def prepare(images: tf.Tensor) -> tf.Tensor:
        levels = (pixels.in_colour(images) + 1.0) * 127.5
        return levels[..., ::-1] - tf.constant(_MEANS)

    return Extractor("vgg19", PreparedNetwork(model, prepare), fingerprint=fingerprint(model))

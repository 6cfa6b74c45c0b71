"""Features of Inception v3, trained on ImageNet: Keras's own, or from a file the one that FID is defined on."""

import hashlib
import os
from pathlib import Path

import keras
import tensorflow as tf

from kgan.metrics.extractors import fid_inception, keras_networks, pixels, torch_files
from kgan.metrics.extractors.base import Extractor
from kgan.metrics.extractors.prepared_network import PreparedNetwork
from kgan.metrics.extractors.torch_networks import fill

__all__ = ["load"]

# Of pt_inception-2015-12-05-6726825d.pth, which others call weights-inception-2015-12-05-6726825d.pth.
_ORIGINAL = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
_KERAS_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"


def load(weights: "str | os.PathLike | None" = None) -> Extractor:
    """An extractor of 2048 features of images of any size.

    Args:
        weights: A file of the original Inception of 2015-12-05 as PyTorch saves it, as pytorch-fid and torch-fidelity
            publish it: `pt_inception-2015-12-05-6726825d.pth`. Without one, Keras's Inception v3, whose weights
            Keras downloads once; figures on it are near FID's and not comparable with them.

    Returns:
        `"inception"` with 1008 logits, or `"inception-keras"` with 1000. Only on the published file, known by its
        SHA-256, may a Frechet distance be called FID.

    Raises:
        ExtractorError: if the download failed, or the file is damaged or of another network.
    """
    return _keras() if weights is None else _original(Path(weights))


def _original(path: Path) -> Extractor:
    state = torch_files.read(path)
    model = fid_inception.build()
    fill(model, state, path, unused=("fc.bias",))

    def prepare(images):
        levels = pixels.levels(pixels.in_colour(images))
        # TensorFlow 1's corners are part of what FID is: no half-pixel centres, and no smoothing.
        size = (fid_inception.SIDE, fid_inception.SIDE)
        levels = tf.raw_ops.ResizeBilinear(images=levels, size=size, align_corners=False, half_pixel_centers=False)
        return (levels - 128.0) / 128.0

    fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    return Extractor(
        "inception",
        PreparedNetwork(model, prepare),
        fingerprint=fingerprint,
        is_original_inception=fingerprint == _ORIGINAL,
    )


def _keras() -> Extractor:
    classifier = _downloaded()
    pooled = classifier.get_layer("avg_pool").output
    model = keras.Model(classifier.input, {"features": pooled, "logits": classifier.output})

    def prepare(images):
        return pixels.resized(pixels.in_colour(images), fid_inception.SIDE)

    return Extractor("inception-keras", PreparedNetwork(model, prepare), fingerprint=keras_networks.fingerprint(model))


def _downloaded() -> keras.Model:
    return keras_networks.loaded(
        lambda: keras.applications.InceptionV3(weights="imagenet", classifier_activation=None),
        "Inception v3",
        f"or put {_KERAS_FILE} into ~/.keras/models, or into models/ under $KERAS_HOME; or take "
        f'features="digits" or "efficientnet-lite0", or "inception:PATH" with a file of the FID weights.',
    )

"""Features of Inception v3, trained on ImageNet: Keras's own, or from a file the one that FID is defined on."""

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kgan.metrics.extractors import fid_inception, pixels, torch_files
from kgan.metrics.extractors.base import Extractor, ExtractorError
from kgan.metrics.extractors.prepared_network import PreparedNetwork
from kgan.metrics.extractors.torch_networks import fill

__all__ = ["load"]

# Of pt_inception-2015-12-05-6726825d.pth, which others call weights-inception-2015-12-05-6726825d.pth.
_ORIGINAL = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
_KERAS_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
# For each address of the host, of which there may be many, and for each wait; not for the whole download.
_PATIENCE_S = 5.0


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

    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return Extractor("inception-keras", PreparedNetwork(model, prepare), fingerprint=digest.hexdigest())


def _downloaded() -> keras.Model:
    try:
        with _float32(), _impatient():
            return keras.applications.InceptionV3(weights="imagenet", classifier_activation=None)
    except Exception as error:  # Keras raises a bare Exception when the network is down
        raise ExtractorError(
            f"Expected the weights of Keras's Inception v3, from its cache or by a download. Received: "
            f"{type(error).__name__}: {error}. Connect once, or put {_KERAS_FILE} into ~/.keras/models, or "
            f'into models/ under $KERAS_HOME; or take features="digits" or "efficientnet-lite0", or '
            f'"inception:PATH" with a file of the FID weights.'
        ) from error


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Sockets give up after a few seconds; without it a firewall that drops packets would hold us for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _float32() -> Iterator[None]:
    """Whatever the global policy, because Keras's networks take no other word on it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)

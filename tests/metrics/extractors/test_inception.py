import hashlib
import socket
from unittest import mock

import keras
import numpy as np
import pytest

from kgan.metrics import ExtractorError
from kgan.metrics.extractors import fid_inception, inception, torch_files


@pytest.fixture(scope="module")
def reference(peers):
    """torch-fidelity's network, with random weights; its statistics are those of a batch, so that no layer dies."""
    torch, theirs = peers.torch, peers.feature_extractor_inceptionv3
    torch.manual_seed(0)
    with (
        mock.patch.object(theirs, "load_state_dict_from_url", return_value={}),
        mock.patch.object(torch.nn.Module, "load_state_dict"),
    ):
        network = theirs.FeatureExtractorInceptionV3("inception", ["2048", "logits_unbiased"])
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.uniform_(0.8, 1.2)
            module.bias.normal_(0.0, 0.1)
            module.momentum = 1.0
    network.train()
    network(torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8))
    return network.eval()


@pytest.fixture(scope="module")
def network():
    """Ours, built once."""
    return fid_inception.build()


def images(side):
    levels = np.random.default_rng(side).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    return levels, levels / np.float32(127.5) - np.float32(1.0)


def arrays(network):
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def relative_error(ours, theirs):
    return (np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)).max()


@pytest.mark.slow
@pytest.mark.parametrize(("format", "side"), [("zip", 32), pytest.param("legacy", 320, marks=pytest.mark.slow)])
def test_features_and_logits_are_those_of_torch_fidelity_on_what_grows_and_what_shrinks(
    peers, reference, tmp_path, format, side
):
    torch = peers.torch
    path = tmp_path / "weights.pth"
    torch.save(reference.state_dict(), path, _use_new_zipfile_serialization=format == "zip")
    levels, shown = images(side)
    features, logits = (output.numpy() for output in reference(torch.tensor(levels.transpose(0, 3, 1, 2))))
    extractor = inception.load(path)
    path.unlink()  # 96 MB
    seen = extractor(shown)
    assert relative_error(seen.features, features) < 1e-4
    assert relative_error(seen.logits, logits) < 1e-4
    assert relative_error(features[:1], features[1:]) > 1e-2  # two images are told apart, by far more than that


def test_only_the_published_file_known_by_its_hash_makes_it_fid(reference, network, monkeypatch, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"a stand-in for a file of 96 MB")
    monkeypatch.setattr(torch_files, "read", lambda path: arrays(reference))
    monkeypatch.setattr(fid_inception, "build", lambda: network)
    extractor = inception.load(path)
    assert extractor.name == "inception"
    assert extractor.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not extractor.is_original_inception
    monkeypatch.setattr(inception, "_ORIGINAL", extractor.fingerprint)
    assert inception.load(str(path)).is_original_inception


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("Mixed_6b.branch7x7_2.conv.weight"), r"Mixed_6b.*\(128, 128, 1, 7\)\. .*no such name"),
        (lambda state: state.update({"fc.weight": np.zeros((1000, 2048))}), r"\(1008, 2048\).*shape \(1000, 2048\)"),
        (lambda state: state.update({"AuxLogits.fc.bias": np.zeros(1)}), "no other names.*'AuxLogits.fc.bias'"),
    ],
    ids=["missing", "misshapen", "unknown"],
)
def test_a_file_of_another_network_is_refused_by_the_first_name_that_does_not_fit(
    reference, network, monkeypatch, change, message
):
    state = arrays(reference)
    change(state)
    monkeypatch.setattr(fid_inception, "build", lambda: network)
    monkeypatch.setattr(torch_files, "read", lambda path: state)
    with pytest.raises(ExtractorError, match=rf"Expected the weights of Inception in other\.pth: .*{message}.* Pass"):
        inception.load("other.pth")


def test_a_path_to_nothing_is_refused(tmp_path):
    with pytest.raises(ExtractorError, match=r"Expected a file of weights\. Received: .*none\.pth"):
        inception.load(tmp_path / "none.pth")


@pytest.mark.slow  # builds Keras's Inception, 22 million weights
def test_keras_inception_gives_the_pooled_maps_and_the_logits_in_float32_under_any_policy(monkeypatch):
    made, real = [], keras.applications.InceptionV3

    def without_download(*, weights, **settings):
        assert weights == "imagenet"
        made.append(real(weights=None, **settings))
        return made[-1]

    monkeypatch.setattr(keras.applications, "InceptionV3", without_download)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        extractor = inception.load()
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy("float32")
    (classifier,) = made
    _, shown = images(299)
    seen = extractor(shown)
    maps = keras.Model(classifier.input, classifier.get_layer("mixed10").output)(shown, training=False).numpy()
    kernel, bias = classifier.get_layer("predictions").get_weights()
    features = maps.mean(axis=(1, 2))
    assert relative_error(seen.features, features) < 1e-4
    assert relative_error(seen.logits, features @ kernel + bias) < 1e-4
    assert extractor.name == "inception-keras"
    assert not extractor.is_original_inception


def test_the_fingerprint_of_keras_inception_is_that_of_its_weights_whatever_its_layers_are_called(monkeypatch):
    def small(**settings):
        shown = keras.Input((299, 299, 3))
        pooled = keras.layers.GlobalAveragePooling2D(name="avg_pool")(shown)
        return keras.Model(shown, keras.layers.Dense(5)(pooled))

    monkeypatch.setattr(keras.applications, "InceptionV3", small)
    fingerprints = []
    for seed in (0, 0, 1):
        keras.utils.set_random_seed(seed)
        fingerprints.append(inception.load().fingerprint)
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_without_a_network_the_error_says_what_to_do_and_the_wait_was_short(monkeypatch):
    waits = []

    def down(*arguments, **settings):
        waits.append(socket.getdefaulttimeout())
        # What keras.utils.get_file raised in Keras 3.15.1 on a machine without a network.
        raise Exception("URL fetch failure on https://storage.googleapis.com/...: None -- Name or service not known")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", down)
    expected = (
        r"Received: Exception: URL fetch failure.*Connect once, or put "
        r"inception_v3_weights_tf_dim_ordering_tf_kernels\.h5 into ~/\.keras/models.*features=\"digits\""
    )
    with pytest.raises(ExtractorError, match=expected):
        inception.load()
    assert waits == [5.0]
    assert socket.getdefaulttimeout() is None

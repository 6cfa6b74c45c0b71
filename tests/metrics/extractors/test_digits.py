import hashlib
from importlib import resources

import keras
import numpy as np
import pytest

from kgan.data.sources import digits as data
from kgan.metrics import (
    Coverage,
    Density,
    ExtractorError,
    FrechetDistance,
    InceptionScore,
    KernelDistance,
    Precision,
    Recall,
    extractors,
)
from kgan.metrics.extractors import digits, presentable

IMAGES, LABELS = data.read()
ORDER = np.random.default_rng(0).permutation(len(IMAGES))
REAL, OTHER = IMAGES[ORDER[:400]], IMAGES[ORDER[400:800]]
NOISE = np.random.default_rng(1).integers(0, 256, REAL.shape).astype(np.uint8)
ONES = IMAGES[LABELS == 1][:400]


@pytest.fixture(scope="module")
def extractor():
    return extractors.get("digits")


def figure(metric, real, generated):
    metric = metric("digits")
    metric.update_state(real, generated)
    return metric.result()


def test_each_image_has_64_features_and_a_logit_for_each_digit(extractor):
    seen = extractor(presentable(REAL[:130]))
    assert seen.features.shape == (130, 64)
    assert seen.logits.shape == (130, 10)
    assert extractor.name == "digits"
    assert not extractor.is_original_inception


def test_it_knows_the_digits_it_was_trained_on(extractor):
    chosen = ORDER[:1000]
    logits = extractor(presentable(IMAGES[chosen])).logits
    assert (logits.argmax(axis=1) == LABELS[chosen]).mean() > 0.99


def test_each_image_is_seen_alone_in_inference_mode(extractor):
    shown = presentable(REAL[:7])
    together, alone = extractor(shown), extractor(shown[3:4])
    np.testing.assert_allclose(together.features[3:4], alone.features, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(extractor(shown).features, together.features)


def test_images_of_another_size_are_seen_as_the_same_digits(extractor):
    large = np.kron(REAL, np.ones((1, 2, 2, 1), np.uint8))
    assert large.shape[1:] == (56, 56, 1)
    says, says_large = (extractor(presentable(images)).logits.argmax(axis=1) for images in (REAL, large))
    assert (says == says_large).mean() > 0.98


@pytest.mark.parametrize("shape", [(2, 28, 28, 3), (2, 28, 28), (2, 784)])
def test_what_is_no_grey_image_is_refused_with_what_to_take(extractor, shape):
    message = r"Expected grey images of shape \(n, height, width, 1\) .*Received: shape .*Take 'efficientnet-lite0' or"
    with pytest.raises(ExtractorError, match=message):
        extractor(np.zeros(shape, np.float32))


def test_its_fingerprint_is_that_of_its_file(extractor):
    file = resources.files("kgan.metrics").joinpath("embedded/digits_classifier.npz")
    assert extractor.fingerprint == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_global_random_state_and_the_precision_policy_do_not_change_it():
    features = []
    for seed, policy in ((0, "float32"), (1, "mixed_float16")):
        keras.utils.set_random_seed(seed)
        keras.config.set_dtype_policy(policy)
        try:
            features.append(digits.load()(presentable(REAL[:5])).features)
        finally:
            keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(*features)


# --- what figures on it tell ---


def test_distances_tell_other_digits_from_one_class_and_from_noise():
    for metric in (FrechetDistance, KernelDistance):
        others, ones, noise = (figure(metric, REAL, generated) for generated in (OTHER, ONES, NOISE))
        assert others < 0.2 * min(ones, noise)
        assert figure(metric, REAL, REAL[::-1]) < others
    assert figure(FrechetDistance, REAL, REAL[::-1]) == pytest.approx(0.0, abs=1e-3)


def test_one_digit_alone_is_precise_but_recalls_and_covers_little():
    assert figure(Precision, REAL, ONES) > 0.7
    assert figure(Recall, REAL, ONES) < 0.25
    assert figure(Coverage, REAL, ONES) < 0.25
    assert figure(Recall, REAL, OTHER) > 0.7
    assert figure(Coverage, REAL, OTHER) > 0.7


def test_noise_is_neither_precise_nor_dense():
    assert figure(Precision, REAL, NOISE) < 0.1
    assert figure(Density, REAL, NOISE) < 0.1


def test_the_inception_score_counts_the_digits():
    assert figure(InceptionScore, None, OTHER) > 9.0
    assert figure(InceptionScore, None, ONES) < 1.2
    ones_and_sevens = np.concatenate([ONES, IMAGES[LABELS == 7][:400]])
    assert figure(InceptionScore, None, ones_and_sevens) == pytest.approx(2.0, abs=0.2)

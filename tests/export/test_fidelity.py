"""What smaller artefacts lose, on numbers that are known in closed form."""

import numpy as np
import pytest

from kgan.export import VerificationError
from kgan.export.fidelity import Reference
from kgan.metrics import Moments, frechet_distance


def normal(seed, count=64, shape=(4, 4, 1)):
    return {"x": np.random.RandomState(seed).standard_normal((count, *shape)).astype(np.float32)}


def same(inputs):
    return inputs["x"]


def reference(value_range=(-1.0, 1.0), **shape):
    return Reference.of(same, normal(0, **shape), normal(1, **shape), value_range)


def test_a_constant_difference_has_the_psnr_of_its_size():
    found = reference().compare(lambda inputs: inputs["x"] + np.float32(0.02))
    assert found.psnr == pytest.approx(20 * np.log10(2.0 / 0.02), abs=1e-3)
    assert (found.largest, found.mean) == pytest.approx((0.02, 0.02), abs=1e-6)


def test_samples_without_a_value_range_are_measured_by_the_span_of_keras_own():
    span = np.ptp(normal(1)["x"])
    found = reference(None).compare(lambda inputs: inputs["x"] + np.float32(span / 100))
    assert found.psnr == pytest.approx(40.0, abs=1e-2)
    assert found.largest == pytest.approx(span / 100 / np.abs(normal(1)["x"]).max(), rel=1e-4)


def test_the_same_samples_have_the_distance_of_float32_itself():
    found = reference().compare(same)
    assert found.frechet == found.floor > 0.0
    assert (found.psnr, found.largest) == (200.0, 0.0)
    moments = [Moments(), Moments()]
    for seed, one in enumerate(moments):
        one.update(normal(seed)["x"].reshape(64, -1))
    assert found.floor == pytest.approx(frechet_distance(*moments))


def test_pictures_are_averaged_to_eight_by_eight():
    def checkered(inputs):  # 2 x 2 means stay as they are
        return inputs["x"] + np.tile([[1.0, -1.0], [-1.0, 1.0]], (8, 8))[..., None].astype(np.float32)

    found = reference(shape=(16, 16, 1)).compare(checkered)
    assert found.frechet == pytest.approx(found.floor, rel=1e-5)
    assert found.largest == pytest.approx(1.0, abs=1e-6)


def test_too_few_samples_have_no_frechet_distance_and_the_psnr_decides():
    found = reference(count=8).compare(lambda inputs: inputs["x"] + np.float32(0.5))
    assert found.frechet is None
    assert "frechet" not in found.card()
    with pytest.raises(VerificationError, match=r"PSNR to Keras of 30 dB or more.*Received: 12\.0 dB\. It loses too"):
        found.check("generator.int8.onnx", force=False)
    found.check("generator.int8.onnx", force=True)


def test_samples_that_are_less_diverse_are_refused_by_their_frechet_distance():
    found = reference((-100.0, 100.0)).compare(lambda inputs: inputs["x"] * np.float32(0.2))
    assert found.psnr > 30.0
    with pytest.raises(
        VerificationError, match=r"a Frechet distance of [\d.]+ at most.*Received: .* dB, and a Frechet"
    ):
        found.check("generator.int8.onnx", force=False)


def test_nothing_that_is_not_a_number_passes():
    found = reference().compare(lambda inputs: inputs["x"] * np.float32("nan"))
    with pytest.raises(VerificationError, match="Expected generator.int8.onnx to give finite samples"):
        found.check("generator.int8.onnx", force=True)

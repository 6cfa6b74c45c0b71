"""Figures of films frame by frame, and their sharpness."""

import keras
import numpy as np
import pytest

from kgan.metrics import PSNR, SSIM, GradientEnergy, MeanAbsoluteError, OfFrames

RANDOM = np.random.RandomState(0)
TRUTH, OUTPUT = RANDOM.uniform(-1.0, 1.0, (2, 2, 3, 16, 16, 1)).astype(np.float32)


def value_of(metric, truth, output):
    metric.update_state(truth, output)
    return float(metric.result())


@pytest.mark.parametrize("inner", [PSNR, SSIM, GradientEnergy])
def test_the_figure_of_a_frame_is_that_of_its_pictures_and_that_of_all_their_mean(inner):
    each = [value_of(inner(), TRUTH[:, frame], OUTPUT[:, frame]) for frame in range(3)]
    for frame in range(3):
        assert value_of(OfFrames(inner(), frame + 1), TRUTH, OUTPUT) == pytest.approx(each[frame], rel=1e-5)
    assert value_of(OfFrames(inner()), TRUTH, OUTPUT) == pytest.approx(np.mean(each), rel=1e-5)


def test_names_say_which_frame():
    assert (OfFrames(PSNR()).name, OfFrames(PSNR(), 2).name) == ("psnr", "psnr_frame_2")
    assert OfFrames(PSNR(), 2).label == "PSNR, dB, frame 2"


def test_it_comes_back_from_its_config():
    metric = OfFrames(PSNR(value_range=(0.0, 1.0), border=1), 2)
    again = OfFrames.from_config(metric.get_config())
    assert (again.name, again.frame, again.better) == ("psnr_frame_2", 2, "max")
    assert again.metric.get_config() == metric.metric.get_config()
    assert isinstance(keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric)), OfFrames)


def test_frames_that_films_do_not_have_and_pictures_are_refused():
    with pytest.raises(ValueError, match="at least 4 frames"):
        OfFrames(MeanAbsoluteError(), 4).update_state(TRUTH, OUTPUT)
    with pytest.raises(ValueError, match="Expected frame"):
        OfFrames(PSNR(), 0)
    with pytest.raises(ValueError, match="Expected films"):
        OfFrames(PSNR()).update_state(TRUTH[:, 0], OUTPUT[:, 0])


def test_the_energy_of_gradients_is_the_ratio_of_squared_differences():
    def energy(images):
        images = images.astype(np.float64)
        return sum((np.diff(images, axis=axis) ** 2).sum(axis=(1, 2, 3)) for axis in (1, 2))

    truth, output = TRUTH[:, 0], OUTPUT[:, 0]
    assert value_of(GradientEnergy(), truth, output) == pytest.approx((energy(output) / energy(truth)).mean(), rel=1e-4)


def test_what_is_blurred_has_less_of_it_and_what_is_as_sharp_has_as_much():
    truth = TRUTH[:, 0]
    blurred = (truth + np.roll(truth, 1, axis=1) + np.roll(truth, -1, axis=1)) / 3.0
    assert value_of(GradientEnergy(), truth, blurred) < 0.8
    assert value_of(GradientEnergy(), truth, truth) == pytest.approx(1.0)
    assert value_of(GradientEnergy(), np.zeros_like(truth), np.zeros_like(truth)) == pytest.approx(1.0)

"""HiFi-GAN's networks."""

import numpy as np
import pytest

from kgan.architectures import hifigan_generator, hifigan_period_discriminator, hifigan_scale_discriminator


@pytest.mark.parametrize(("variant", "count"), [("v1", 13_926_017), ("v2", 925_985), ("v3", 1_462_273)])
def test_generators_have_the_paper_s_parameters(variant, count):
    assert hifigan_generator((None, 80), variant=variant).count_params() == count


def test_discriminators_have_the_authors_parameters():
    assert hifigan_period_discriminator((8192, 1), period=5).count_params() == 8_218_433
    assert hifigan_scale_discriminator((8192, 1)).count_params() == 9_870_209


def test_a_frame_becomes_as_many_samples_as_the_rates_come_to():
    generator = hifigan_generator((6, 8), variant="v3", width=8, rates=(4, 2), hop=8, seed=0)
    waves = generator(np.random.RandomState(0).randn(2, 6, 8).astype(np.float32))
    assert waves.shape == (2, 48, 1)
    assert np.abs(waves).max() <= 1.0


def test_the_logits_of_a_column_depend_on_its_own_samples_alone():
    discriminator = hifigan_period_discriminator((60, 1), period=5, width=1, seed=0)
    wave = np.random.RandomState(0).randn(1, 60, 1).astype(np.float32)
    other = wave.copy()
    other[:, 3::5] += 1.0
    moved = np.abs(discriminator(wave) - discriminator(other)).sum(axis=(0, 1, 3))
    assert (moved > 0).tolist() == [False, False, False, True, False]


def test_a_halved_wave_has_half_as_many_logits():
    whole, half = (hifigan_scale_discriminator((256, 1), halvings=times, width=16) for times in (0, 1))
    assert (whole.output_shape[1], half.output_shape[1]) == (4, 3)  # 129 samples, and five strides rounded up


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: hifigan_generator((8, 80), variant="v4"), "Expected variant as 'v1', 'v2', 'v3'"),
        (lambda: hifigan_generator((8, 80), hop=128), r"Pass rates=\[8, 8, 2\]"),
        (lambda: hifigan_generator((8, 80), width=20), "Expected width as a multiple of 16"),
        (lambda: hifigan_period_discriminator((4, 1), period=5), "more than period=5 samples"),
        (lambda: hifigan_scale_discriminator((64, 1), width=8), "a multiple of 16"),
        (lambda: hifigan_scale_discriminator((None, 1)), "both known"),
        (lambda: hifigan_period_discriminator((64, 1), normalization="batch"), "'spectral' or None"),
    ],
)
def test_what_cannot_be_built_is_refused(build, words):
    with pytest.raises(ValueError, match=words):
        build()

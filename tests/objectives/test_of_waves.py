"""What vocoders minimise beside the adversarial loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan._game.batch import Batch, DiscriminatorOutputs, StepOutputs
from kgan.objectives import DeepFeatureMatching, MelDistance
from kgan.spectrograms import Spectrogram

FORM = {"sample_rate": 8000, "fft": 64, "hop": 16, "mels": 8}


def waves(seed):
    return np.random.RandomState(seed).uniform(-1, 1, (2, 128, 1)).astype(np.float32)


def step(real, generated, discriminators=None):
    batch = Batch(generator_inputs=None, real=tf.constant(real))
    return StepOutputs(batch, {"samples": tf.constant(generated)}, discriminators or {}, lambda inputs: inputs)


def test_the_mel_distance_is_that_of_the_spectrograms():
    real, generated = waves(0), waves(1)
    form = Spectrogram(**FORM)
    expected = np.abs(form.of(real[..., 0]).numpy() - form.of(generated[..., 0]).numpy()).mean()
    assert float(MelDistance(**FORM).generator_loss(step(real, generated))) == pytest.approx(expected, rel=1e-5)
    assert float(MelDistance(**FORM).generator_loss(step(real, real))) == 0.0


def test_at_several_scales_it_is_the_mean_of_their_distances():
    real, generated = waves(0), waves(1)
    distances = []
    for sizes in ({"fft": 32, "hop": 8, "mels": 4}, {"fft": 64, "hop": 16, "mels": 8}):
        form = Spectrogram(sample_rate=8000, **sizes)
        distances.append(np.abs(form.of(real[..., 0]).numpy() - form.of(generated[..., 0]).numpy()).mean())
    loss = MelDistance(**FORM, scales=(0.5, 1)).generator_loss(step(real, generated))
    assert float(loss) == pytest.approx(np.mean(distances), rel=1e-5)


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ((), "Expected scales as a number or more"),
        (0.5, "Expected scales as a number or more"),
        ((True,), r"Expected scales\[0\] as a finite number above 0"),
        ((1.0, float("nan")), r"Expected scales\[1\]"),
        ((float("inf"),), r"Expected scales\[0\]"),
        ((0.3,), r"Expected scales that give whole sizes\. .*0\.3 gives fft=19\.2"),
        ((-1.0,), r"Expected scales\[0\]"),
        ((0.125,), "Expected hop"),
    ],
)
def test_scales_that_give_no_spectrogram_are_refused(scales, message):
    with pytest.raises(ValueError, match=message):
        MelDistance(**{**FORM, "hop": 24}, scales=scales)


def test_deep_feature_matching_adds_up_means_over_each_layer_of_each_discriminator():
    def of(seed):
        random = np.random.RandomState(seed)
        return {name: tf.constant(random.randn(2, size).astype(np.float32)) for name, size in (("a", 3), ("logits", 1))}

    found = {name: DiscriminatorOutputs(of(seed), of(seed + 1)) for name, seed in (("one", 0), ("other", 2))}
    expected = sum(
        np.abs(one.real[name].numpy() - one.generated[name].numpy()).mean() for one in found.values() for name in one[0]
    )
    loss = DeepFeatureMatching().generator_loss(step(waves(0), waves(0), found))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_it_reads_every_rectifier_of_a_discriminator():
    discriminator = kgan.architectures.hifigan_period_discriminator((64, 1), width=1)
    assert DeepFeatureMatching().outputs_of(discriminator) == tuple(f"relu_{number}" for number in range(5))


@pytest.mark.parametrize(
    "objective", [MelDistance(3.0, **FORM, high=3000.0, scales=[0.5, 1.0]), DeepFeatureMatching(0.5, name="deep")]
)
def test_they_come_back_from_their_configs(objective):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(objective))
    assert again.get_config() == objective.get_config()

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan import schedules

ALL = [schedules.Constant(0.3), schedules.Linear(2.0, 1.0, images=100), schedules.Cosine(0.9, 0.99, images=200)]
ALL.append(schedules.Exponential(1.0, 0.5, images=300))
ALL.append(schedules.Stepwise(1.0, 0.5, after=[50, 100.0]))


def value(schedule, images):
    return float(schedule(tf.constant(images, tf.int64)))


def test_linear_goes_straight_from_start_to_end_and_stays():
    assert [value(ALL[1], images) for images in (0, 25, 100, 10**9)] == pytest.approx([2.0, 1.75, 1.0, 1.0])


def test_cosine_is_half_a_cosine():
    for images in (0, 50, 120, 200, 10**9):
        share = min(images / 200, 1.0)
        expected = 0.99 + (0.9 - 0.99) * (1 + np.cos(np.pi * share)) / 2
        assert value(ALL[2], images) == pytest.approx(expected, rel=1e-6)


def test_stepwise_multiplies_at_each_number_of_images():
    schedule = schedules.Stepwise(0.8, 0.1, after=[3, 1000])
    assert [value(schedule, images) for images in (0, 2, 3, 999, 1000, 10**9)] == pytest.approx(
        [0.8, 0.8, 0.08, 0.08, 0.008, 0.008]
    )
    assert (schedule.least, schedule.most) == pytest.approx((0.008, 0.8))


@pytest.mark.parametrize("schedule", ALL)
def test_schedules_make_the_round_trip_within_a_penalty(schedule):
    penalty = kgan.penalties.R1(schedule)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(penalty))
    for images in (0, 70, 1000):
        assert value(copy.gamma, images) == value(schedule, images)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.Linear(1, 2, images=0), "Expected images > 0"),
        (lambda: schedules.Stepwise(1.0, 0.0, after=[1]), "Expected factor > 0"),
        (lambda: schedules.Stepwise(1.0, 0.5, after=[2, 1]), r"Expected after as ascending.*\[2, 1\]"),
        (lambda: schedules.Stepwise(1.0, 0.5, after=[-1]), "Expected after as ascending"),
        (lambda: kgan.penalties.R1(schedules.Linear(1, -2, images=10)), r"Expected gamma >= 0.*Linear\(start=1.0"),
        (lambda: kgan.penalties.R1("much"), r"gamma as a number or a kgan\.schedules\.Schedule.*'much'"),
        (
            lambda: kgan.penalties.R1(keras.optimizers.schedules.CosineDecay(1.0, 10)),
            r"gamma as a number or a kgan\.schedules\.Schedule.*CosineDecay",
        ),
        (lambda: small_dcgan().compile(beta_2=1.5), r"Expected beta_2 in \[0, 1\]"),
        (lambda: small_dcgan(ema_half_life=schedules.Constant(-1)), "Expected ema_half_life >= 0"),
        (lambda: kgan.augmentation.DiffAugment(probability=2.0), r"Expected probability in \[0, 1\]"),
        (
            lambda: small_dcgan().compile("sgd", "adam", beta_2=0.9),
            "Expected optimizers of Adam's family for beta_2. Received: SGD",
        ),
    ],
)
def test_bad_schedules_are_named(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_gamma_follows_the_images_seen(small_images):
    """D is linear in its input where LeakyReLU does not bend, so the logged penalty over gamma is left: compare two."""
    logs = []
    for gamma in (1.0, schedules.Linear(1.0, 3.0, images=40)):
        gan = small_dcgan()
        frozen = (keras.optimizers.SGD(0.0) for _ in range(2))
        gan.compile(*frozen, penalties=[kgan.penalties.R1(gamma)], jit_compile=False)
        seen = []
        note = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs, seen=seen: seen.append(logs["r1_penalty"] * (batch + 1))
        )
        data = tf.data.Dataset.from_tensors(small_images[:10]).repeat(6)
        gan.fit(data, verbose=0, callbacks=[note])
        logs.append(np.diff([0.0, *seen]))
    np.testing.assert_allclose(logs[1] / logs[0], [1.0, 1.5, 2.0, 2.5, 3.0, 3.0], rtol=1e-4)


def test_an_ema_half_life_on_a_schedule_is_taken_as_it_is():
    gan = small_dcgan(ema_half_life=schedules.Linear(0.0, 100.0, images=20))
    gan.compile(jit_compile=False)
    x = np.zeros((10, 8, 8, 1), np.uint8)
    gan.train_on_batch(x)  # half-life 0: a copy
    first = gan.generator.get_weights()
    for mine, average in zip(first, gan.ema_generator.get_weights(), strict=True):
        np.testing.assert_allclose(average, mine, atol=1e-7)
    gan.train_on_batch(x)  # half-life 50 images, a batch of 10
    for before, now, average in zip(first, gan.generator.get_weights(), gan.ema_generator.get_weights(), strict=True):
        np.testing.assert_allclose(average, before + (1 - 0.5 ** (10 / 50)) * (now - before), atol=1e-6)


def test_everything_on_a_schedule_is_saved_with_the_model(tmp_path, small_images):
    gan = small_dcgan(ema_half_life=schedules.Linear(0.0, 100.0, images=20))
    gan.compile(
        penalties=[kgan.penalties.R1(ALL[1])],
        augmentation=kgan.augmentation.DiffAugment("translation", probability=ALL[0]),
        beta_2=ALL[2],
        jit_compile=False,
    )
    gan.train_on_batch(small_images[:10])
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert copy.penalties[0].gamma.get_config() == ALL[1].get_config()
    assert copy.augmentation.probability.get_config() == ALL[0].get_config()
    assert copy.beta_2.get_config() == ALL[2].get_config()
    assert copy.ema_half_life.get_config() == gan.ema_half_life.get_config()
    assert copy.generator_optimizer.beta_2 == 0.999  # the optimizer's own is left as it was


def test_exponential_takes_off_the_same_share_for_each_image():
    schedule = schedules.Exponential(1.0, 0.5, images=69 * 100)
    for images in (0, 100, 1000, 6900, 10**9):
        assert value(schedule, images) == pytest.approx(0.5 ** (min(images, 6900) / 6900), rel=1e-5)
    assert value(schedule, 100) == pytest.approx(0.99, abs=1e-4)  # 1% an epoch of 100 images
    with pytest.raises(ValueError, match="Expected start > 0 and end > 0.*Take Linear to 0"):
        schedules.Exponential(1.0, 0.0, images=10)

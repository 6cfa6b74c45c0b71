"""Augmentation: what it does to pixels, that it is linear and twice differentiable, and that it stays where it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan
from kgan import augmentation, schedules
from kgan._game.draws import Draws
from kgan.augmentation import affine

RANDOM = np.random.RandomState(0)
IMAGES = RANDOM.uniform(-1, 1, (64, 16, 16, 3)).astype(np.float32)


def draws(seed=0):
    return Draws(tf.constant([seed, 1], tf.int64))


def applied(what, images=IMAGES, seed=0, probability=1.0):
    return what(tf.constant(images), draws(seed), probability).numpy()


ALL = [
    *(augmentation.DiffAugment(name) for name in ("color", "translation", "cutout", "flip")),
    augmentation.DiffAugment(),
    *(augmentation.ADA(policy=name) for name in ("flip", "blit", "geometry", "color")),
    augmentation.ADA(),
]
IDS = [f"{type(one).__name__}-{one.policy}" for one in ALL]


@pytest.mark.parametrize("what", ALL, ids=IDS)
def test_nothing_happens_at_probability_zero(what):
    np.testing.assert_allclose(applied(what, probability=0.0), IMAGES, atol=2e-6)


@pytest.mark.parametrize("what", ALL, ids=IDS)
def test_it_changes_images_by_draws_of_their_own(what):
    same = np.repeat(IMAGES[:1], 64, axis=0)
    once = applied(what, same)
    assert once.shape == same.shape
    assert len({image.tobytes() for image in once}) >= 2
    assert not np.allclose(once, applied(what, same, seed=1))
    np.testing.assert_array_equal(once, applied(what, same))


@pytest.mark.parametrize("what", ALL, ids=IDS)
def test_about_as_many_images_change_as_the_probability_says(what):
    images = np.repeat(IMAGES[:1], 2000, axis=0)
    changed = np.mean(np.abs(applied(what, images, probability=0.3) - images).max(axis=(1, 2, 3)) > 1e-4)
    one = {"flip": 0.15, "cutout": 0.3, "color": 0.3, "translation": 0.3 * 24 / 25}  # of 25 offsets one moves nothing
    if isinstance(what, augmentation.DiffAugment) and what.policy in one:
        assert changed == pytest.approx(one[what.policy], abs=0.04)
    else:
        assert 0.1 < changed < 1.0


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("what", ALL, ids=IDS)
def test_it_takes_any_number_of_channels_and_images_that_are_not_square(what, channels):
    images = RANDOM.uniform(-1, 1, (8, 12, 20, channels)).astype(np.float32)
    assert np.isfinite(applied(what, images)).all()


def test_translation_shifts_by_whole_pixels_up_to_an_eighth_and_zeros_come_in():
    images = np.ones((500, 16, 16, 1), np.float32) * np.arange(1, 17)[None, :, None, None]  # the row number
    moved = applied(augmentation.DiffAugment("translation"), images)[:, :, 8, 0]
    offsets = set()
    for rows in moved:
        inside = rows > 0
        shift = int(np.argmax(inside)) if not inside[0] else 1 - int(rows[0])
        expected = np.arange(1, 17) - shift
        np.testing.assert_array_equal(rows, np.where((expected >= 1) & (expected <= 16), expected, 0))
        offsets.add(shift)
    assert offsets == {-2, -1, 0, 1, 2}


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("axis", [1, 2])
def test_a_shift_moves_every_bit_and_its_gradient_moves_them_back(axis, jit):
    images, pulled = RANDOM.randn(2, 7, 5, 6, 2).astype(np.float32)
    offset = np.array([-9, -2, -1, 0, 1, 3, 9])

    def moved(images, offset):
        """Row by row, or column by column."""
        result = np.zeros_like(images)
        for image, target, by in zip(images, result, offset, strict=True):
            image, target = np.moveaxis(image, axis - 1, 0), np.moveaxis(target, axis - 1, 0)
            for place in range(len(image)):
                if 0 <= place + by < len(image):
                    target[place + by] = image[place]
        return result

    @tf.function(jit_compile=jit)
    def run(images, pulled):
        with tf.GradientTape() as tape:
            tape.watch(images)
            shifted = affine.shifted(images, tf.constant(offset, tf.int32), axis)
        return shifted, tape.gradient(shifted, images, output_gradients=pulled)

    shifted, gradient = run(tf.constant(images), tf.constant(pulled))
    np.testing.assert_array_equal(shifted, moved(images, offset))
    np.testing.assert_array_equal(gradient, moved(pulled, -offset))


def test_cutout_covers_a_square_of_half_the_side_whose_centre_may_lie_anywhere():
    holes = applied(augmentation.DiffAugment("cutout"), np.ones((2000, 16, 16, 1), np.float32))[..., 0] == 0
    assert holes.sum(axis=(1, 2)).max() == 64
    rows = {int(hole.any(axis=1).sum()) for hole in holes}
    assert rows == {4, 5, 6, 7, 8}
    covered = holes.mean(axis=0)
    assert covered.min() > 0.03


def test_colour_changes_brightness_contrast_and_saturation_within_the_paper_s_bounds():
    grey = applied(augmentation.DiffAugment("color"), np.full((4000, 8, 8, 3), 0.1, np.float32))
    brightness = grey[:, 0, 0, 0] - 0.1
    np.testing.assert_allclose(grey, grey[:, :1, :1, :1] * np.ones((1, 8, 8, 3)), atol=1e-5)  # grey has no more to lose
    assert brightness.min() == pytest.approx(-0.5, abs=0.01)
    assert brightness.max() == pytest.approx(0.5, abs=0.01)
    half = np.concatenate([np.full((4000, 4, 8, 1), -0.5), np.full((4000, 4, 8, 1), 0.5)], axis=1).astype(np.float32)
    contrast = np.diff(applied(augmentation.DiffAugment("color"), half)[:, [0, -1], 0, 0], axis=1)
    assert contrast.min() == pytest.approx(0.5, abs=0.01)
    assert contrast.max() == pytest.approx(1.5, abs=0.01)
    red = np.zeros((4000, 8, 8, 3), np.float32)
    red[..., 0] = 0.6
    changed = applied(augmentation.DiffAugment("color"), red)
    saturation = (changed[:, 0, 0, 0] - changed[:, 0, 0, 1]) / 0.6  # saturation x contrast
    assert saturation.min() < 0.01
    assert 2.0 < saturation.max() < 3.0


def test_flips_mirror_half_of_the_images():
    flipped = applied(augmentation.DiffAugment("flip"))
    kept = np.isclose(flipped, IMAGES).all(axis=(1, 2, 3))
    mirrored = np.isclose(flipped, IMAGES[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (kept ^ mirrored).all()
    assert 0.3 < mirrored.mean() < 0.7


@pytest.mark.parametrize("shape", [(16, 16, 3), (5,), (4, 3)])
def test_instance_noise_is_normal_noise_of_its_deviation_on_samples_of_any_shape(shape):
    samples = RANDOM.randn(4000, *shape).astype(np.float32)
    noise = augmentation.InstanceNoise()(tf.constant(samples), draws(), 0.3).numpy() - samples
    assert noise.mean() == pytest.approx(0.0, abs=0.02)
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert np.quantile(noise, 0.8413) == pytest.approx(0.3, rel=0.05)


def test_instance_noise_fades_along_its_schedule_and_is_new_at_each_look():
    """D(x) = x: the logged loss of the Wasserstein game is the mean of the noise on both sides."""
    gan = linear_game()
    gan.generator.set_weights([np.float32([[0.0]]), np.float32([0.0])])
    gan.discriminator.set_weights([np.float32([[1.0]]), np.float32([0.0])])
    gan.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.SGD(0.0),
        loss="wasserstein",
        augmentation=augmentation.InstanceNoise(schedules.Linear(1.0, 0.0, images=16)),
    )
    logs = [gan.train_on_batch(np.zeros((8, 1), np.float32), return_dict=True) for _ in range(3)]
    assert [one["augmentation_strength"] for one in logs] == pytest.approx([1.0, 0.5, 0.0])
    assert logs[0]["discriminator_loss"] != logs[0]["generator_loss"] != 0.0
    assert logs[2]["discriminator_loss"] == logs[2]["generator_loss"] == 0.0


# --- the geometry of ADA ---


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_quarter_turns_move_pixels_without_blurring_them(turns):
    place = affine.rotation(tf.fill((64,), turns * np.pi / 2))
    np.testing.assert_allclose(
        affine.sampled(tf.constant(IMAGES), place), np.rot90(IMAGES, turns, axes=(1, 2)), atol=1e-4
    )


def test_translation_beyond_the_edge_goes_on_as_the_mirror_image():
    place = affine.translation(tf.fill((64,), 3.0), tf.fill((64,), -2.0))
    expected = np.pad(IMAGES, ((0, 0), (2, 0), (0, 3), (0, 0)), mode="reflect")[:, :16, 3:]
    np.testing.assert_allclose(affine.sampled(tf.constant(IMAGES), place), expected, atol=1e-5)


def test_half_a_pixel_is_the_mean_of_two():
    place = affine.translation(tf.fill((64,), 0.5), tf.zeros(64))
    expected = (IMAGES + np.pad(IMAGES, ((0, 0), (0, 0), (0, 1), (0, 0)), mode="reflect")[:, :, 1:]) / 2
    np.testing.assert_allclose(affine.sampled(tf.constant(IMAGES), place), expected, atol=1e-5)


def test_the_hue_turns_about_grey():
    turn = augmentation.ada._about_luma(tf.constant([2 * np.pi / 3])).numpy()[0]
    np.testing.assert_allclose([0.4, 0.4, 0.4] @ turn, [0.4, 0.4, 0.4], atol=1e-6)
    np.testing.assert_allclose(np.sort([1.0, 0.0, 0.0] @ turn), [0.0, 0.0, 1.0], atol=1e-6)  # red becomes another


# --- differentiation ---


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("what", [augmentation.DiffAugment(), augmentation.ADA()], ids=["DiffAugment", "ADA"])
def test_it_is_affine_in_the_pixels_and_its_gradient_s_gradient_is_right(what, jit):
    """For an affine T, J' v is linear in v: differentiating <J' v, u> by v gives J u = T(u) - T(0)."""
    zero, u, v = np.zeros((4, 8, 8, 3), np.float32), *RANDOM.randn(2, 4, 8, 8, 3).astype(np.float32)

    @tf.function(jit_compile=jit)
    def twice(x, u, v):
        with tf.GradientTape() as outer:
            outer.watch(v)
            with tf.GradientTape() as inner:
                inner.watch(x)
                moved = what(x, draws(3), 0.7)
            pulled = inner.gradient(moved, x, output_gradients=v)
            product = tf.reduce_sum(pulled * u)
        return product, outer.gradient(product, v)

    transform = tf.function(lambda x: what(x, draws(3), 0.7), jit_compile=jit)
    difference = (transform(tf.constant(u)) - transform(tf.constant(zero))).numpy()
    product, again = twice(tf.constant(zero), tf.constant(u), tf.constant(v))
    np.testing.assert_allclose(again, difference, atol=1e-4)
    assert float(product) == pytest.approx(float(np.sum(v * difference)), rel=1e-3, abs=1e-3)


# --- in the game ---


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_both_players_see_augmented_images_and_samples_do_not_leak(monkeypatch, jit):
    """An augmentation that adds 5 to everything: the logits of D(x) = mean x show it, the samples do not."""

    @keras.saving.register_keras_serializable("kgan_tests")
    class Brighter(augmentation.Augmentation):
        amount = 1.0

        def __call__(self, images, draws, strength):
            return images + 5.0

    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))])
    generator.set_weights([np.zeros((4, 64)), np.full(64, 0.5)])
    discriminator = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    discriminator.set_weights([np.full((64, 1), 1 / 64), np.zeros(1)])
    gan = kgan.GAN(generator, discriminator, seed=0)
    gan.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.SGD(0.0),
        loss="wasserstein",
        augmentation=Brighter(),
        penalties=[kgan.penalties.Drift(1.0)],
        jit_compile=jit,
    )
    x = np.full((4, 8, 8, 1), -1.0, np.float32)
    logs = gan.train_on_batch(x, return_dict=True)
    assert logs["drift_penalty"] == pytest.approx(4.0**2, rel=1e-4)
    assert logs["generator_loss"] == pytest.approx(-5.5, rel=1e-4)
    assert logs["discriminator_loss"] == pytest.approx(5.5 - 4.0, rel=1e-4)
    np.testing.assert_allclose(gan.generate(2, seed=0), 0.5)
    clean = gan.evaluate(tf.data.Dataset.from_tensors(x), verbose=0, return_dict=True)
    assert clean["generator_loss"] == pytest.approx(-0.5, rel=1e-4)


def test_penalties_differentiate_by_the_samples_before_augmentation():
    """D(T(x)) with T(x) = 3 x has three times the slope."""

    class Threefold(augmentation.Augmentation):
        amount = 1.0

        def __call__(self, images, draws, strength):
            return 3.0 * images

    values = []
    for what in (None, Threefold()):
        gan = small_dcgan()
        gan.discriminator.set_weights([np.zeros_like(weight) for weight in gan.discriminator.get_weights()])
        kernel = gan.discriminator.layers[1].kernel
        kernel.assign(np.ones(kernel.shape))
        gan.discriminator.get_layer("logits").kernel.assign(np.ones((64, 1)))
        gan.compile(augmentation=what, penalties=["r1", "r2", "wgangp"], jit_compile=False)
        x = np.full((4, 8, 8, 1), 0.1, np.float32)
        values.append(gan.train_on_batch(x, return_dict=True))
    for penalty in ("r1_penalty", "r2_penalty"):
        assert values[1][penalty] == pytest.approx(9 * values[0][penalty], rel=1e-4)
    slopes = [1 + np.sqrt(one["wgangp_penalty"] / 10) for one in values]
    assert slopes[1] == pytest.approx(3 * slopes[0], rel=1e-3)


@pytest.mark.slow  # a thousand steps
def test_colour_does_not_leak_into_what_is_learned():
    """Constant images of one brightness, seen through a random brightness: the generator still learns the right one."""
    generator = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1), keras.layers.Reshape((1, 1, 1)), keras.layers.UpSampling2D(8)]
    )
    generator.set_weights([np.zeros((2, 1)), np.full(1, -0.6)])
    discriminator = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(32, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed=0)),
            keras.layers.Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=1)),
        ]
    )
    gan = kgan.GAN(generator, discriminator, seed=0, ema_half_life=5000)
    gan.compile(
        keras.optimizers.Adam(3e-3, beta_1=0.0),
        keras.optimizers.Adam(1e-2, beta_1=0.0),
        loss="relativistic_pairing",
        penalties=[kgan.penalties.R1(0.1), kgan.penalties.R2(0.1)],
        augmentation="color",
        steps_per_execution=50,
    )
    gan.fit(np.full((64 * 200, 8, 8, 1), 0.3, np.float32), batch_size=64, epochs=5, verbose=0)
    assert gan.generate(500, seed=0).mean() == pytest.approx(0.3, abs=0.12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: augmentation.DiffAugment("color,translatoin"), "Did you mean 'translation'"),
        (lambda: augmentation.ADA(policy="geomety"), "Did you mean 'geometry'"),
        (lambda: augmentation.ADA(target=1.0), r"Expected target in \(-1, 1\)"),
        (lambda: augmentation.ADA(images=0), "Expected images > 0"),
        (lambda: augmentation.ADA(every=0), "Expected every >= 1, a whole number"),
        (lambda: augmentation.ADA(limit=1.5), r"Expected limit in \[0, 1\]"),
        (lambda: augmentation.ADA(probability=1.5), r"Expected probability in \[0, 1\]"),
        (lambda: augmentation.preview(IMAGES, "color", copies=0), "Expected copies >= 1"),
        (lambda: linear_game().compile(augmentation="color"), r"Expected images in \[-1, 1\] to augment.*\(1,\)"),
        (lambda: small_dcgan(value_range=(0, 2)).compile(augmentation="color"), r"value_range=\(0.0, 2.0\)"),
        (lambda: augmentation.InstanceNoise(-0.1), "Expected deviation >= 0"),
        (lambda: augmentation.get("adaa"), "Expected augmentation to be one of ada, color.*Did you mean 'ada'"),
        (lambda: augmentation.get(3), "Expected augmentation as a name"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


@pytest.mark.parametrize(
    "what",
    [
        augmentation.DiffAugment("flip", schedules.Linear(0, 1, images=10)),
        augmentation.ADA(target=0.5, policy="geometry,flip", probability=0.3),
        augmentation.ADA(),
        augmentation.InstanceNoise(0.5),
    ],
)
def test_augmentations_make_the_round_trip_through_their_config(what):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(what))
    assert copy.get_config() == what.get_config()
    np.testing.assert_array_equal(applied(copy), applied(what))


def test_get_takes_names_policies_and_objects():
    assert isinstance(augmentation.get("ada"), augmentation.ADA)
    assert augmentation.get("diff_augment").policy == "color,translation,cutout"
    assert augmentation.get("flip, cutout").policy == "flip,cutout"
    assert augmentation.get(ALL[0]) is ALL[0]


def test_a_preview_shows_each_image_and_then_its_copies():
    shown = augmentation.preview(IMAGES[:3], "cutout", copies=4)
    assert shown.shape == (15, 16, 16, 3)
    np.testing.assert_array_equal(shown[::5], IMAGES[:3])
    for place in range(15):
        holes = (shown[place] == 0).all(axis=-1).sum()
        assert (holes == 0) == (place % 5 == 0)

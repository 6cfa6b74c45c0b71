"""Networks that grow in `fit`: when, what starts afresh, resumed to the bit within a fade, and what is refused."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan.callbacks import ProgressiveGrowing
from tiny_games import bits

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

IMAGES = np.random.RandomState(0).randint(0, 256, (48, 8, 8, 1)).astype(np.uint8)
BATCH, EPOCH = 8, 6  # images in a batch, batches in an epoch
SCHEDULE = {"images": 20, "fade": 40}  # 4 pixels at first, 8 from 20 images on
BEGINS, LASTS = [0, 20], [0, 40]


class Counted(kgan.GAN):
    """Counts how often its training step is traced."""

    traces = 0

    def batch(self, data, training):
        self.traces += training
        return super().batch(data, training)


keras.saving.register_keras_serializable("test_progressive_growing")(Counted)


def game(size=8, **compile_arguments):
    gan = Counted(
        kgan.architectures.pggan_generator((size, size, 1), latent_dim=3, width=3, seed=1),
        kgan.architectures.pggan_discriminator((size, size, 1), width=3, seed=2),
        ema_half_life=40,
        seed=5,
    )
    optimizers = (keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99) for rate in (1e-2, 2e-2))
    gan.compile(*optimizers, jit_compile=False, **compile_arguments)
    return gan


class Watch(keras.callbacks.Callback):
    """What there is after each step, and the model saved after one of them."""

    def __init__(self, save_at=None, path=None):
        super().__init__()
        self.save_at, self.path, self.steps = save_at, path, []

    def on_train_batch_end(self, batch, logs=None):
        gan = self.model
        layers = gan.growing_layers
        self.steps.append(
            {
                "images": int(gan.images_seen),
                "stages": {layer.stage for layer in layers},
                "fades": {float(layer.fade) for layer in layers},
                "updates": (int(gan.generator_optimizer.iterations), int(gan.discriminator_optimizer.iterations)),
                "moments": sum(np.abs(slot).sum() for slot in _slots(gan)),
                "waiting": [weight.numpy() for layer in layers for weight in layer.waiting],
            }
        )
        if int(gan.steps) == self.save_at:
            gan.save(self.path)


def _slots(gan):
    optimizers = (gan.generator_optimizer, gan.discriminator_optimizer)
    return [
        one.numpy() for each in optimizers for one in each.variables if "momentum" in one.path or "veloc" in one.path
    ]


@pytest.fixture(scope="module")
def grown_once(tmp_path_factory):
    """A game that grew from 4 to 8 pixels, what it went through, and where it was saved in the middle of a fade."""
    path = tmp_path_factory.mktemp("grown") / "fading.keras"
    gan, said = game(), []
    watch = Watch(save_at=5, path=path)
    callbacks = [ProgressiveGrowing(**SCHEDULE, say=said.append), watch]
    history = gan.fit(IMAGES, batch_size=BATCH, epochs=2, callbacks=callbacks, verbose=0)
    return gan, watch.steps, path, said, history.history


def test_a_size_comes_after_as_many_images_as_the_schedule_says(grown_once):
    _, steps, _, said, history = grown_once
    for step in steps:
        assert step["stages"] == {sum(begins <= step["images"] for begins in BEGINS) - 1}
    assert said == ["Images grow to 8 x 8 pixels after 24 of them, and fade in over 40."]
    assert history["growth_pixels"] == [8.0, 8.0]


def test_a_stage_fades_in_along_a_straight_line_over_images_in_all_networks_alike(grown_once):
    _, steps, _, _, history = grown_once
    for before, step in itertools.pairwise(steps):
        (stage,) = before["stages"]
        expected = np.clip((before["images"] - BEGINS[stage]) / max(LASTS[stage], 1), 0, 1) if stage else 1.0
        if step["stages"] == {stage}:  # else it has grown since, and nothing of the new stage is seen yet
            assert step["fades"] == {np.float32(expected)}
        else:
            assert step["fades"] == {0.0}
    assert history["growth_fade"] == [pytest.approx(0.5), 1.0]


def test_both_optimizers_start_afresh_at_each_growth_and_keep_their_learning_rates(grown_once):
    gan, steps, *_ = grown_once
    grown = [step for before, step in itertools.pairwise(steps) if before["stages"] != step["stages"]]
    assert len(grown) == 1
    for step in grown:
        assert step["updates"] == (0, 0)
        assert step["moments"] == 0.0
    others = [step for step in steps if step not in grown]
    assert all(step["moments"] > 0.0 and min(step["updates"]) > 0 for step in others)
    assert steps[-1]["updates"] == (9, 9)
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(1e-2)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(2e-2)


def test_weights_of_stages_to_come_do_not_move_by_one_bit(grown_once):
    _, steps, *_ = grown_once
    fresh = game()
    for layer in fresh.growing_layers:
        layer.grow(0)
    initial = [weight.numpy() for layer in fresh.growing_layers for weight in layer.waiting]
    for step in steps:
        if step["stages"] == {0}:
            assert len(step["waiting"]) == len(initial) > 0
            for weight, expected in zip(step["waiting"], initial, strict=True):
                np.testing.assert_array_equal(weight, expected)


def test_the_step_is_traced_once_for_each_stage(grown_once):
    gan, *_ = grown_once
    assert gan.traces == 2


def test_training_resumed_in_the_middle_of_a_fade_is_the_same_to_the_bit(grown_once):
    gan, steps, path, *_ = grown_once
    resumed = keras.models.load_model(path)
    assert resumed.stage == 1
    assert {float(layer.fade) for layer in resumed.growing_layers} == steps[4]["fades"]
    assert 0.0 < max(steps[4]["fades"]) < 1.0
    growing = ProgressiveGrowing(**SCHEDULE)
    resumed.fit(IMAGES, batch_size=BATCH, epochs=2, initial_batch=5, callbacks=[growing], verbose=0)
    assert bits(resumed) == bits(gan)


def test_a_model_at_another_stage_or_fade_than_the_schedule_s_is_refused_by_name(grown_once):
    _, _, path, *_ = grown_once
    resumed = keras.models.load_model(path)
    with pytest.raises(
        ValueError, match=r"after 40 images, at 4 x 4 pixels. Received: one at 8 x 8 pixels, which fade "
    ):
        resumed.fit(IMAGES, batch_size=BATCH, callbacks=[ProgressiveGrowing(100)], verbose=0)
    with pytest.raises(
        ValueError, match=r"at 8 x 8 pixels, which fade in from 20 to 90\. Received: .* from 20 to 60\."
    ):
        resumed.fit(IMAGES, batch_size=BATCH, callbacks=[ProgressiveGrowing(20, 70)], verbose=0)
    assert int(resumed.images_seen) == 40  # nothing was trained
    untouched = game()
    untouched.images_seen.assign(8)  # trained without growth
    with pytest.raises(ValueError, match=r"at 4 x 4 pixels. Received: one at 8 x 8 pixels\. .*gan\.grow\(0, 0, 0\)"):
        untouched.fit(IMAGES, batch_size=BATCH, callbacks=[ProgressiveGrowing(100)], verbose=0)


def test_samples_are_of_the_stage_that_the_networks_have_reached():
    gan = game()
    for stage, factor in [(1, 1), (0, 2), (1, 1)]:
        gan.grow(stage)
        for averaged in (False, True):
            images = gan.generate(3, seed=0, averaged=averaged)
            assert images.shape == (3, 8, 8, 1)
            squares = images.reshape(3, 8 // factor, factor, 8 // factor, factor, 1)
            assert (np.ptp(squares, axis=(2, 4)) == 0).all()
            assert factor == 2 or np.ptp(images[:, ::2] - images[:, 1::2]) > 0
        np.testing.assert_array_equal(gan.predict(gan.latents.draw(3, 3, 0), verbose=0), images)


def test_weights_of_an_earlier_stage_take_the_networks_back_to_it(tmp_path):
    gan = game()
    gan.grow(0)
    early, images = gan.get_weights(), gan.generate(2, seed=0)
    gan.save_weights(tmp_path / "early.weights.h5")
    for load in (lambda: gan.set_weights(early), lambda: gan.load_weights(tmp_path / "early.weights.h5")):
        gan.grow(1)
        gan.make_predict_function()
        traced = gan.predict_function
        assert np.abs(gan.generate(2, seed=0) - images).max() > 1e-3
        load()
        assert {layer.stage for layer in gan.growing_layers} == {0}
        assert gan.predict_function is not traced  # which would go on at the later stage
        np.testing.assert_array_equal(gan.generate(2, seed=0), images)


def test_what_the_discriminator_compares_with_fades_as_the_samples_do():
    gan = game()
    real = IMAGES[:4]
    z = np.zeros((4, 3), np.float32)
    full = gan.batch_of(real, None, z).real.numpy()
    np.testing.assert_allclose(full, real / 127.5 - 1, atol=1e-6)
    gan.grow(0)
    coarse = gan.batch_of(real, None, z).real.numpy()
    assert (np.ptp(coarse.reshape(4, 4, 2, 4, 2, 1), axis=(2, 4)) == 0).all()
    gan.grow(1, fade_begins=0, fade_lasts=10)
    for layer in gan.growing_layers:
        layer.fade.assign(0.25)
    np.testing.assert_allclose(gan.batch_of(real, None, z).real, 0.75 * coarse + 0.25 * full, atol=1e-6)


class Recorded(keras.callbacks.Callback):
    """Stands for a model of 4 to 32 pixels, and records how it is asked to grow."""

    stage, sample_shape, seen, looks = 3, (32, 32, 3), 0, 0

    def __init__(self, batches):
        super().__init__()
        self.grown, self.batches = [], list(batches)
        self.growing_layers = [kgan.layers.GrowingToImages([1, 1, 1, 1], 3)]

    @property
    def images_seen(self):
        self.looks += 1
        return tf.constant(self.seen)

    def check_grows(self):
        pass

    def grow(self, stage, fade_begins=0, fade_lasts=0):
        self.stage = stage
        self.grown.append((self.seen, stage, fade_begins, fade_lasts))

    def trained(self, growing):
        growing.set_model(self)
        growing.on_train_begin()
        for number, batch in enumerate(self.batches):
            self.seen += batch
            growing.on_train_batch_end(number)
        return self.grown


def test_each_size_trains_and_fades_in_for_as_long_as_its_entry_of_the_lists_says():
    growing = ProgressiveGrowing(images=[100, 200, 50], fade=[10, 20, 0])
    assert Recorded([10] * 45).trained(growing) == [
        (0, 0, 0, 0),
        (100, 1, 100, 10),
        (310, 2, 310, 20),
        (380, 3, 380, 0),
    ]


def test_a_size_fades_in_for_as_long_as_the_one_before_trained_unless_told_otherwise():
    assert Recorded([5] * 60).trained(ProgressiveGrowing([30, 60, 40])) == [
        (0, 0, 0, 0),
        (30, 1, 30, 30),
        (120, 2, 120, 60),
        (220, 3, 220, 40),
    ]


def test_training_begins_at_the_size_that_start_says():
    assert Recorded([16] * 20).trained(ProgressiveGrowing(50, fade=0, start=8)) == [
        (0, 1, 0, 0),
        (64, 2, 50, 0),
        (112, 3, 100, 0),
    ]


@pytest.mark.parametrize("first", [1, 64])
def test_growth_comes_with_the_batch_that_reaches_it_though_few_batches_are_looked_at(first):
    """Also where training goes on with the short last batch of an epoch."""
    batches = [first, *([64] * 1000)]
    reached = int(np.cumsum(batches)[np.searchsorted(np.cumsum(batches), 50_000)])
    model = Recorded(batches)
    assert model.trained(ProgressiveGrowing(50_000, start=16)) == [(0, 2, 0, 0), (reached, 3, 50_000, 50_000)]
    assert model.looks < 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": 0}, "Expected images >= 1"),
        ({"images": [5, 0]}, r"Expected images\[1\] >= 1"),
        ({"images": 1.5}, "Expected images >= 1, a whole number. Received: images=1.5"),
        ({"fade": -1}, "Expected fade >= 0"),
        ({"start": 0}, "Expected start >= 1"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProgressiveGrowing(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 5}, "Expected start to be one of 4, 8, .* Received: start=5"),
        ({"images": [10, 20]}, "Expected images as one number, or a list of 1, .* Received: images=.10, 20."),
        ({"images": [9], "start": 8}, "a list of 0, because the images grow 0 times"),
        ({"images": [9], "fade": [1, 2, 3]}, "Expected fade as one number, or a list of 1"),
    ],
)
def test_what_does_not_fit_the_networks_is_refused_before_the_first_step(arguments, message):
    gan = game()
    before = bits(gan)
    with pytest.raises(ValueError, match=message):
        gan.fit(IMAGES, batch_size=BATCH, callbacks=[ProgressiveGrowing(**arguments)], verbose=0)
    assert bits(gan) == before


def test_networks_that_do_not_grow_together_are_refused():
    fixed = kgan.architectures.dcgan_discriminator((8, 8, 1), width=2)
    gan = kgan.GAN(kgan.architectures.pggan_generator((8, 8, 1), latent_dim=3, width=2), fixed)
    gan.compile()
    with pytest.raises(ValueError, match="Received: 2 in 'generator', 1 in 'discriminator'. Build both with"):
        gan.fit(IMAGES, batch_size=BATCH, callbacks=[ProgressiveGrowing()], verbose=0)
    with pytest.raises(ValueError, match="Received: 2 in 'generator', 1 in 'discriminator'"):
        gan.grow(1)
    classifier = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    classifier.compile(loss="mse")
    with pytest.raises(ValueError, match="Expected a kgan.GAN for ProgressiveGrowing. Received: Sequential"):
        classifier.fit(np.zeros((4, 2)), np.zeros(4), callbacks=[ProgressiveGrowing()], verbose=0)


def test_how_many_images_a_schedule_needs():
    model = Recorded([])  # of four sizes
    assert ProgressiveGrowing().needs_for(model) == 3 * 1_200_000
    assert ProgressiveGrowing(100, fade=10).needs_for(model) == 330
    assert ProgressiveGrowing([100, 50, 10], fade=[10, 0, 5]).needs_for(model) == 175
    assert ProgressiveGrowing(100, fade=0, start=32).needs_for(model) == 0
    assert ProgressiveGrowing().shortened_for(model, 7_000) == 1_000

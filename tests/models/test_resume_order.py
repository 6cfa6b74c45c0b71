"""Train, save, load, train on: equal by every bit to training without the break.

Every loss meets every penalty, and every two settings meet somewhere; the whole product of losses, penalties,
augmentations and conditionings runs with `pytest -m exhaustive`.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan import augmentation, latents, losses, objectives, penalties, schedules

PENALTIES = {
    "none": lambda: [],
    "r1+r2": lambda: [penalties.R1(schedules.Cosine(1.0, 0.1, images=64)), penalties.R2(0.5)],
    "lazy r1": lambda: [penalties.R1(0.5, every=2)],
    "wgangp": lambda: [penalties.WGANGP(1.0)],
    "dragan": lambda: [penalties.DRAGAN(1.0)],
    "drift": lambda: [penalties.Drift(0.1)],
    "le_cam": lambda: [penalties.LeCam(start=1)],
}
AUGMENTATIONS = {
    "none": lambda: None,
    "diff_augment": lambda: augmentation.DiffAugment(probability=schedules.Linear(0.2, 1.0, images=64)),
    "ada": lambda: augmentation.ADA(images=64, every=2, target=-0.9),
}
CONDITIONINGS = ("none", "projection", "concatenation", "auxiliary", "tags")
WHOLE = list(itertools.product(losses.LOSSES, PENALTIES, AUGMENTATIONS, CONDITIONINGS))


def chosen():
    """Each pair of a loss and a penalty once, the rest spread so that every pair of settings meets."""
    grid = itertools.product(enumerate(losses.LOSSES), enumerate(PENALTIES))
    ways, conditions = list(AUGMENTATIONS), CONDITIONINGS
    for (i, loss), (j, penalty) in grid:
        yield loss, penalty, ways[(i + 2 * j) % len(ways)], conditions[(i + 3 * j) % len(conditions)]


def test_every_pair_of_settings_is_among_the_chosen():
    for first, second in itertools.combinations(range(4), 2):
        met = {(one[first], one[second]) for one in chosen()}
        assert met == {(one[first], one[second]) for one in WHOLE}, (first, second)


def build(loss, penalty, augment, conditioning, objective=None, **compile_arguments):
    keras.utils.set_random_seed(0)
    labels = {} if conditioning == "none" else {"num_tags" if conditioning == "tags" else "num_classes": 3}
    how = conditioning if conditioning in ("concatenation", "auxiliary") else "projection"
    generator = kgan.architectures.dcgan_generator((8, 8, 3), 4, 2, seed=0, **labels)
    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 3), 2, seed=1, conditioning=how, **labels)
    extra = ["auxiliary_classifier"] if conditioning == "auxiliary" else []
    gan = kgan.GAN(
        generator,
        discriminator,
        num_classes=labels.get("num_classes"),
        ema_half_life=schedules.Linear(0.0, 50.0, images=64),
        latents=latents.Coded(1, (2,), 1) if objective == "coded" else "normal",
        seed=3,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        loss=loss,
        penalties=PENALTIES[penalty](),
        augmentation=AUGMENTATIONS[augment](),
        objectives=extra + ([] if objective in (None, "coded") else [objective]),
        beta_2=schedules.Cosine(0.9, 0.99, images=64),
        **compile_arguments,
    )
    return gan


def bits(gan):
    variables = [*gan.variables, *gan.generator_optimizer.variables, *gan.discriminator_optimizer.variables]
    return [variable.numpy().tobytes() for variable in (*variables, *gan._remembered().values())]


def resumes_to_the_bit(folder, *settings, **more):
    random = np.random.RandomState(0)
    labels = {"none": (), "tags": (random.randint(0, 2, (32, 3)),)}.get(settings[3], (random.randint(0, 3, 32),))
    images = random.randint(0, 256, (32, 8, 8, 3)).astype(np.uint8)
    batches = tf.data.Dataset.from_tensor_slices((images, *labels)).batch(8)
    whole, part = build(*settings, **more), build(*settings, **more)
    steps = 2 * whole.discriminator_steps
    whole.fit(batches.take(steps), shuffle=False, verbose=0)
    part.fit(batches.take(steps - 1), shuffle=False, verbose=0)
    part.save(folder / "part.keras")
    resumed = keras.models.load_model(folder / "part.keras")
    resumed.fit(batches.skip(steps - 1).take(1), shuffle=False, verbose=0)
    assert int(whole.steps.numpy()) == steps
    assert bits(resumed) == bits(whole)
    assert bits(part) != bits(whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [one if number % 7 == 0 else pytest.param(one, marks=pytest.mark.slow) for number, one in enumerate(chosen())],
    ids=" ".join,
)
def test_a_break_changes_no_bit(tmp_path, settings):
    resumes_to_the_bit(tmp_path, *settings, run_eagerly=True)


@pytest.mark.exhaustive
@pytest.mark.parametrize("settings", sorted(set(WHOLE) - set(chosen())), ids=" ".join)
def test_a_break_changes_no_bit_in_the_whole_product(tmp_path, settings):
    resumes_to_the_bit(tmp_path, *settings, run_eagerly=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "conditioning"),
    [
        (objectives.FeatureMatching("features"), "auxiliary"),
        (objectives.ModeSeeking(0.1), "none"),
        pytest.param(objectives.FeatureMatching("features"), "none", marks=pytest.mark.slow),
        pytest.param(objectives.ModeSeeking(0.1), "auxiliary", marks=pytest.mark.slow),
    ],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_break_changes_no_bit_with_objectives(tmp_path, objective, conditioning):
    resumes_to_the_bit(tmp_path, "hinge", "drift", "ada", conditioning, objective=objective, run_eagerly=True)


def test_a_break_changes_no_bit_with_coded_latents(tmp_path):
    resumes_to_the_bit(tmp_path, "non_saturating", "none", "none", "none", objective="coded", run_eagerly=True)


@pytest.mark.slow
def test_a_break_changes_no_bit_with_xla_and_all_at_once(tmp_path):
    """In one compiled step: a lazy penalty, augmentation, two steps to one, and schedules throughout."""
    resumes_to_the_bit(
        tmp_path, "relativistic_pairing", "lazy r1", "diff_augment", "none", jit_compile=True, discriminator_steps=2
    )


# --- saving ---


@pytest.mark.slow  # in graphs what the tests above do step by step
@pytest.mark.parametrize(
    ("loss", "num_classes"),
    [("relativistic_pairing", None), ("hinge", 10)],
)
def test_saving_and_loading_amid_training_changes_no_bit(tmp_path, small_images, small_labels, loss, num_classes):
    data = tf.data.Dataset.from_tensor_slices((small_images[:40], small_labels[:40])).batch(8)

    def fresh():
        gan = small_dcgan(num_classes, ema_half_life=50)
        gan.compile(
            keras.optimizers.Adam(1e-3, beta_1=0.5),
            keras.optimizers.RMSprop(1e-3),
            loss=loss,
            penalties=[kgan.penalties.R1(0.5), kgan.penalties.WGANGP(0.5)],
        )
        return gan

    keras.utils.set_random_seed(1)
    whole = fresh()
    whole.fit(data, epochs=2, verbose=0)
    keras.utils.set_random_seed(1)
    part = fresh()
    part.fit(data, epochs=1, verbose=0)
    part.save(tmp_path / "part.keras")
    resumed = keras.models.load_model(tmp_path / "part.keras")
    assert resumed.penalties[0].gamma == 0.5
    resumed.fit(data, epochs=2, initial_epoch=1, verbose=0)
    for name in ("generator", "discriminator", "ema_generator"):
        pairs = zip(getattr(resumed, name).variables, getattr(whole, name).variables, strict=True)
        assert all(mine.numpy().tobytes() == theirs.numpy().tobytes() for mine, theirs in pairs), name
    for name in ("generator_optimizer", "discriminator_optimizer"):
        mine = [variable.numpy().tobytes() for variable in getattr(resumed, name).variables]
        assert mine == [variable.numpy().tobytes() for variable in getattr(whole, name).variables], name
    assert int(resumed.steps.numpy()) == 10


def test_weights_alone_can_be_saved_and_loaded(tmp_path, small_images):
    gan, other = small_dcgan(), small_dcgan()
    gan.compile()
    gan.fit(small_images, batch_size=50, verbose=0)
    gan.save_weights(tmp_path / "gan.weights.h5")
    other.compile()
    other.load_weights(tmp_path / "gan.weights.h5")
    np.testing.assert_array_equal(other.generate(3, seed=0), gan.generate(3, seed=0))


def test_an_uncompiled_model_is_saved_too(tmp_path):
    gan = small_dcgan()
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert not copy.compiled
    np.testing.assert_array_equal(copy.generate(2, seed=0), gan.generate(2, seed=0))


def test_saving_makes_no_variable_because_tensorflow_never_gives_back_what_that_takes(tmp_path, monkeypatch):
    gan = build("non_saturating", "none", "none", "none")
    gan.save(tmp_path / "first.keras")
    made, create = [], keras.Variable.__init__

    def counted(variable, *given, **named):
        made.append(variable)
        create(variable, *given, **named)

    monkeypatch.setattr(keras.Variable, "__init__", counted)
    gan.save(tmp_path / "second.keras")
    gan.save_weights(tmp_path / "second.weights.h5")
    assert not made
    keras.utils.clear_session(free_memory=False)  # forgets what was worked out
    gan.save(tmp_path / "third.keras")
    worked_out = len(made)
    gan.save(tmp_path / "fourth.keras")
    assert len(made) == worked_out > 0


def test_random_layers_go_on_with_the_draws_that_they_would_have_made(tmp_path):
    """Keras does not save where the seeds of its Dropout and GaussianNoise stand; kgan does, of both networks."""

    def noisy(width, *layers):
        return keras.Sequential([keras.Input((width,)), *layers, keras.layers.Dense(1)])

    generator = noisy(2, keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.GaussianNoise(0.1))
    gan = kgan.GAN(generator, noisy(1, keras.layers.Dense(8), keras.layers.Dropout(0.3)), seed=0)
    gan.compile()
    x = np.linspace(-1.0, 1.0, 40, dtype="float32")[:, None]
    gan.fit(x, batch_size=8, epochs=1, verbose=0)
    gan.save(tmp_path / "noisy.keras")
    copy = keras.models.load_model(tmp_path / "noisy.keras")
    for one in (gan, copy):
        one.fit(x, batch_size=8, initial_epoch=1, epochs=2, verbose=0)
    for ours, theirs in zip(gan.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)

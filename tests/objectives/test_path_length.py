"""Path length against a synthesis whose derivative is known, and against finite differences of StyleGAN2's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan import layers, objectives
from kgan._game.draws import Draws
from kgan.architectures import StyleParts, dcgan_discriminator, dcgan_generator, stylegan2_generator

SEED = tf.constant([3, 4], tf.int64)


def linear_generator(shape=(2, 3, 1)):
    """Images that are linear in the styles of three places, `sum_p w_p A_p`."""
    z = keras.Input((4,), name="latents")
    mapping = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)], name="mapping")
    styles, noise = keras.Input((3, 5)), keras.Input((2,))
    images = keras.layers.Dense(int(np.prod(shape)), name="to_images")(keras.layers.Flatten()(styles))
    synthesis = keras.Model([styles, noise], keras.layers.Reshape(shape)(images), name="synthesis")
    w = layers.Styles(3, mixing=0.0, name="styles")(mapping(z))
    return keras.Model(z, synthesis([w, layers.DrawnNoise(2, name="noise")(z)]), name="generator")


def seen(generator, z, mean=0.0, seed=SEED):
    """What the objective reads."""
    memory = {"mean": keras.Variable(mean, dtype="float32")}
    batch = kgan.Batch(tf.constant(z), tf.zeros((len(z), 2, 3, 1)))
    return kgan.StepOutputs(batch, {}, {}, None, {"generator": generator}, Draws(seed), memory)


def latents(batch, size=4):
    return np.random.RandomState(0).standard_normal((batch, size)).astype(np.float32)


def test_the_length_of_a_linear_synthesis_is_that_of_its_matrix_times_the_noise():
    generator, z = linear_generator(), latents(6)
    matrix = generator.get_layer("synthesis").get_layer("to_images").get_weights()[0]  # (places * style_dim, pixels)
    y = Draws(SEED).normal((6, 2, 3, 1)).numpy().reshape(6, 6) / np.sqrt(2 * 3)
    expected = np.sqrt(np.mean(np.sum(np.float64(y @ matrix.T).reshape(6, 3, 5) ** 2, axis=2), axis=1))
    objective = objectives.PathLength()
    np.testing.assert_allclose(objective.lengths(seen(generator, z), tf.constant(z)), expected, rtol=1e-5)


def test_the_loss_is_the_squared_distance_from_a_mean_that_has_moved_and_half_of_the_batch_is_looked_at():
    generator, z = linear_generator(), latents(7)
    objective = objectives.PathLength(decay=0.25, shrink=2)
    lengths = objective.lengths(seen(generator, z), tf.constant(z[:3])).numpy()
    step = seen(generator, z, mean=0.6)
    moved = 0.6 + 0.25 * (lengths.mean() - 0.6)
    assert float(objective.generator_loss(step)) == pytest.approx(np.mean((lengths - moved) ** 2), rel=1e-4)
    assert float(step.memory["mean"]) == pytest.approx(moved, rel=1e-5)


def test_one_sample_is_enough():
    step = seen(linear_generator(), latents(1))
    assert np.isfinite(float(objectives.PathLength().generator_loss(step)))


def test_lengths_of_stylegan2_are_those_of_finite_differences():
    generator = stylegan2_generator((8, 8, 2), 3, 2, max_width=3, mapping_layers=1, style_mixing=0.0, seed=0)
    parts, z = StyleParts.of(generator), latents(2, 3)
    styles = parts.styles(parts.mapping(z)).numpy()
    noise = np.zeros((1, parts.noise_size), np.float32)  # whose strength is 0 at the start
    y = Draws(SEED).normal((2, 8, 8, 2)).numpy() / 8.0
    slopes, step = np.zeros(styles.shape), 1e-2
    for place in np.ndindex(styles.shape[1:]):
        ends = []
        for sign in (1, -1):
            changed = styles.copy()
            changed[(slice(None), *place)] += sign * step
            ends.append(np.sum(np.float64(parts.synthesis([changed, noise])) * y, axis=(1, 2, 3)))
        slopes[(slice(None), *place)] = (ends[0] - ends[1]) / (2 * step)
    expected = np.sqrt(np.mean(np.sum(slopes**2, axis=2), axis=1))
    found = objectives.PathLength().lengths(seen(generator, z), tf.constant(z))
    np.testing.assert_allclose(found, expected, rtol=1e-2)


def smooth_generator():
    """Two styled convolutions with a smooth activation between them: a rectifier's slope jumps, and lengths with it."""
    z = keras.Input((4,), name="latents")
    mapping = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh", name="to_w")], name="mapping")
    styles, noise = keras.Input((2, 3)), keras.Input((2,))
    first, second = layers.SplitStyles()(styles)
    x = layers.LearnedGrid((2, 3, 2), seed=1)(styles)
    x = layers.StyledConv2D(3, upsample=True, rectify=False, seed=2, name="doubled")([x, first])
    x = keras.layers.Activation("tanh")(x)
    x = layers.StyledConv2D(1, 1, demodulate=False, rectify=False, seed=3, name="colours")([x, second])
    synthesis = keras.Model([styles, noise], x, name="synthesis")
    w = layers.Styles(2, mixing=0.0, name="styles")(mapping(z))
    return keras.Model(z, synthesis([w, layers.DrawnNoise(2, name="noise")(z)]), name="generator")


def test_the_gradient_of_the_loss_is_that_of_finite_differences():
    generator, z, random = smooth_generator(), latents(4), np.random.RandomState(1)
    objective, step = objectives.PathLength(decay=1e-6), seen(generator, z, mean=0.3)
    weights = [one for one in generator.trainable_variables if "kernel" in one.name]
    assert len(weights) == 5  # of the mapping, and of styles and convolutions twice

    @tf.function
    def loss_and_gradients():
        with tf.GradientTape() as tape:
            value = objective.generator_loss(step)
        return value, tape.gradient(value, [one.value for one in weights])

    value = loss_and_gradients.get_concrete_function()
    _, gradients = value()
    for weight, gradient in zip(weights, gradients, strict=True):
        direction = random.standard_normal(weight.shape).astype(np.float32)
        start, ends, size = weight.numpy(), [], 2e-2 / np.linalg.norm(direction)
        for sign in (1, -1):
            weight.assign(start + sign * size * direction)
            ends.append(float(value()[0]))
        weight.assign(start)
        slope = (ends[0] - ends[1]) / (2 * size)
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=2e-2, abs=1e-4), weight.path


def test_a_generator_without_a_mapping_is_refused_by_compile():
    gan = kgan.GAN(dcgan_generator((8, 8, 1), 2, 2), dcgan_discriminator((8, 8, 1), 2))
    with pytest.raises(ValueError, match="Expected a generator with layers named 'mapping'"):
        gan.compile(objectives="path_length")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight": -1}, "Expected weight >= 0"),
        ({"every": 0}, "Expected every >= 1"),
        ({"decay": 0.0}, r"Expected decay in \(0, 1\]. Received: decay=0.0"),
        ({"shrink": 0}, "Expected shrink >= 1"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        objectives.PathLength(**arguments)


# --- lazy objectives in a step ---


@keras.saving.register_keras_serializable("tests")
class Level(objectives.Objective):
    """The mean of the samples, which is the kernel of the generator times the mean latent; and how often it came."""

    remembers = {"times": 0.0}  # noqa: RUF012

    def __init__(self, every=1, name=None):
        self.every = every
        self._call_it(name)

    def generator_loss(self, step):
        step.memory["times"].assign(step.memory["times"] + 1.0)
        return tf.reduce_mean(step.generate(tf.ones_like(step.batch.latents)))


def line(every, rate=0.1):
    """A generator `k z` that nothing but the objective moves."""
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    gan = kgan.GAN(generator, discriminator, seed=0)
    still = keras.optimizers.SGD(0.0)
    gan.compile(keras.optimizers.SGD(rate), still, objectives=Level(every), jit_compile=False)
    return gan


@pytest.mark.parametrize(("every", "applications"), [(1, 7), (3, 3)])  # of 7 steps: 0, 3 and 6
def test_a_lazy_objective_comes_seldom_and_is_as_much_stronger(every, applications):
    gan = line(every)
    gan.fit(np.zeros((7, 1), np.float32), batch_size=1, verbose=0)
    kernel = float(gan.generator.weights[0][0, 0])
    assert kernel == pytest.approx(1.0 - 0.1 * every * applications, abs=1e-5)
    assert int(gan.generator_optimizer.iterations) == 7 + (applications if every > 1 else 0)
    assert float(gan._plan.objective_memory["level"]["times"]) == applications


def test_what_an_objective_remembers_is_saved(tmp_path):
    gan = line(2)
    gan.fit(np.zeros((5, 1), np.float32), batch_size=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert float(loaded._plan.objective_memory["level"]["times"]) == 3.0
    for one in (gan, loaded):
        one.fit(np.zeros((2, 1), np.float32), batch_size=1, verbose=0)
    np.testing.assert_array_equal(gan.generator.get_weights(), loaded.generator.get_weights())


def test_looking_at_held_out_data_leaves_what_an_objective_remembers_alone():
    data = np.zeros((3, 1), np.float32)
    gan = line(1)
    gan.evaluate(data, batch_size=1, verbose=0)
    assert float(gan._plan.objective_memory["level"]["times"]) == 0.0
    gan.fit(data, batch_size=1, epochs=2, validation_data=data, verbose=0)
    assert float(gan._plan.objective_memory["level"]["times"]) == 6.0
    watched, alone = gan, line(1)
    alone.fit(data, batch_size=1, epochs=2, verbose=0)
    np.testing.assert_array_equal(watched.generator.get_weights(), alone.generator.get_weights())


def test_adam_is_corrected_for_the_extra_updates():
    gan = line(4)
    assert gan._plan.generator_correction == pytest.approx(4 / 5)
    assert gan._plan.correction == 1.0


def test_a_lazy_objective_of_the_discriminator_is_refused():
    class Both(Level):
        def discriminator_loss(self, step):
            return tf.zeros(())

    gan = line(1)
    with pytest.raises(ValueError, match="Expected every=1 for 'both', an objective of the discriminator too"):
        gan.compile(objectives=Both(2))


class Reading(objectives.Objective):
    """The mean of one thing that a step has."""

    every = 2

    def __init__(self, read=None, **attributes):
        self.read = read
        for name, value in attributes.items():
            setattr(self, name, value)

    def generator_loss(self, step):
        return tf.reduce_mean(self.read(step))


class OfALayer(Reading):
    outputs = ("hidden",)


class OfAnOutput(Reading):
    generator_outputs = ("samples",)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (OfALayer(), "Expected every=1 for 'of_a_layer', which reads 'hidden'"),
        (OfAnOutput(), "Expected every=1 for 'of_an_output', which reads 'samples'"),
        (Reading(sees_reals=True), "Expected every=1 for 'reading', which reads 'real_outputs'"),
    ],
)
def test_a_lazy_objective_that_says_it_reads_outputs_is_refused(objective, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: every=2"):
        line(1).compile(objectives=objective)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda step: step.generated, "Expected to read an output of the generator in a step"),
        (lambda step: step.generated_outputs["logits"], "Expected to read outputs of a discriminator in a step"),
    ],
)
def test_a_lazy_update_says_that_it_has_no_outputs(read, message):
    gan = line(1)
    gan.compile(objectives=Reading(read), jit_compile=False)
    with pytest.raises(ValueError, match=f"{message}.*the update of a lazy objective, which has none"):
        gan.fit(np.zeros((2, 1), np.float32), batch_size=1, verbose=0)

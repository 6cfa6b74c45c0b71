import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan
from kgan import penalties
from kgan._game.discriminator_pass import DiscriminatorPass

WEIGHTS = np.array([[0.5], [-2.0], [1.0]], np.float32)


def linear_discriminator():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.set_weights([WEIGHTS, np.zeros(1, np.float32)])
    return model


def passed(discriminator, penalty, real, generated, concatenate=True):
    return DiscriminatorPass(
        discriminator, tf.constant(real), tf.constant(generated), needs=penalty.needs, concatenate=concatenate
    )


@pytest.mark.parametrize("penalty_class", [penalties.R1, penalties.R2])
@pytest.mark.parametrize("batch", [1, 7])
def test_r1_and_r2_of_a_linear_discriminator_are_half_gamma_times_the_squared_weight_norm(penalty_class, batch):
    samples = np.random.RandomState(0).randn(batch, 3).astype(np.float32)
    penalty = penalty_class(gamma=3.0)
    value = penalty(passed(linear_discriminator(), penalty, samples, samples + 1))
    assert float(value) == pytest.approx(1.5 * np.sum(WEIGHTS**2), rel=1e-6)


@pytest.mark.parametrize(("penalty_class", "which"), [(penalties.R1, 0), (penalties.R2, 1)])
def test_r1_looks_at_reals_and_r2_at_generated(penalty_class, which):
    # D(x) = sum x^2: the gradient is 2x, the penalty gamma / 2 * mean 4 ||x||^2.
    inputs = keras.Input((2,))
    discriminator = keras.Model(inputs, keras.layers.Dot(axes=1)([inputs, inputs]))
    samples = (np.float32([[1, 2], [3, 4]]), np.float32([[5, 6], [7, 8]]))
    penalty = penalty_class(gamma=1.0)
    value = penalty(passed(discriminator, penalty, *samples))
    assert float(value) == pytest.approx(0.5 * np.mean(4 * np.sum(samples[which] ** 2, axis=1)), rel=1e-6)


SLOPES = [penalties.R1, penalties.R2, penalties.WGANGP, penalties.DRAGAN]


def test_every_penalty_is_tested_here():
    assert set(penalties.PENALTIES.values()) == {*SLOPES, penalties.Drift, penalties.LeCam}


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("penalty_class", SLOPES)
def test_penalties_reach_every_weight_of_a_shipped_discriminator_with_the_right_gradient(penalty_class, jit):
    import kgan

    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 1), width=3, num_classes=2, seed=0)
    random = np.random.RandomState(0)
    for weight in discriminator.weights:  # larger than the initial ones, so that finite differences resolve them
        weight.assign(random.randn(*weight.shape) * 0.3)
    real, generated = (tf.constant(random.randn(3, 8, 8, 1), tf.float32) for _ in range(2))
    labels = tf.constant([0, 1, 1])
    penalty = penalty_class(2.0)
    weights = [weight.value for weight in discriminator.trainable_variables]

    @tf.function(jit_compile=jit)
    def value_and_gradient():
        with tf.GradientTape() as tape:
            judgement = DiscriminatorPass(
                discriminator, real, generated, conditions=[labels], needs=penalty.needs, concatenate=True
            )
            value = penalty(judgement)
        return value, tape.gradient(value, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    _, gradients = value_and_gradient()
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]  # an embedding's comes as IndexedSlices
    for weight, gradient in zip(discriminator.trainable_variables, gradients, strict=True):
        if weight.path.endswith("logits/bias"):
            assert not np.any(gradient)  # the level of the logits does not show in any slope
            continue
        if weight.path.endswith("bias"):
            continue  # a bias moves the penalty only across LeakyReLU's kinks, where finite differences mean nothing
        direction = random.randn(*weight.shape).astype(np.float32)
        start, step = weight.numpy(), 1e-3
        ends = []
        for sign in (1, -1):
            weight.assign(start + sign * step * direction)
            ends.append(float(value_and_gradient()[0]))
        weight.assign(start)
        slope = (ends[0] - ends[1]) / (2 * step)
        assert np.any(gradient), weight.path
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=2e-2, abs=1e-3), weight.path


def test_both_penalties_together_equal_each_alone():
    import kgan

    discriminator = kgan.architectures.dcgan_discriminator((8, 8, 1), width=3, seed=0)
    real, generated = (np.random.RandomState(i).randn(4, 8, 8, 1).astype(np.float32) for i in range(2))
    needs = frozenset({"real", "generated"})
    together = DiscriminatorPass(
        discriminator, tf.constant(real), tf.constant(generated), needs=needs, concatenate=True
    )
    for penalty in (penalties.R1(), penalties.R2()):
        alone = passed(discriminator, penalty, real, generated, concatenate=False)
        np.testing.assert_allclose(penalty(together), penalty(alone), rtol=1e-5)


def test_a_gradient_that_was_not_taped_is_named():
    samples = np.zeros((2, 3), np.float32)
    judgement = passed(linear_discriminator(), penalties.R1(), samples, samples)
    with pytest.raises(ValueError, match="generated samples was not taped.*`needs`"):
        _ = judgement.generated_gradient


class Quadratic:
    """D(x) = ||x||^2 / 2, whose gradient is x: the penalty tells where it looked."""

    real = tf.constant(np.random.RandomState(0).randn(4000, 3), tf.float32)
    generated = real + 8.0

    def __init__(self, seed=0):
        inputs = keras.Input((3,))
        half = keras.layers.Rescaling(0.5)(keras.layers.Dot(axes=1)([inputs, inputs]))
        self.game = DiscriminatorPass(
            keras.Model(inputs, half), self.real, self.generated, seed=tf.constant([seed, 0], tf.int64)
        )


def test_wgan_gp_looks_at_uniform_mixtures_one_for_each_sample():
    points = penalties.WGANGP().points(Quadratic().game).numpy()
    share = (Quadratic.generated - points) / 8.0  # alpha, the same in each coordinate of a sample
    np.testing.assert_allclose(share, np.repeat(share[:, :1], 3, axis=1), atol=1e-5)
    deciles = np.quantile(share[:, 0], np.linspace(0, 1, 11))
    np.testing.assert_allclose(deciles, np.linspace(0, 1, 11), atol=0.03)  # uniform, not normal


def test_dragan_looks_beside_the_reals_within_half_a_deviation():
    offset = penalties.DRAGAN().points(Quadratic().game).numpy() - Quadratic.real.numpy()
    relative = offset / (0.5 * np.std(Quadratic.real))
    assert relative.min() >= 0
    assert relative.max() <= 1
    assert relative.mean() == pytest.approx(0.25, abs=0.01)  # E[a] E[u]
    # a is shared by a sample's coordinates: cov(a u1, a u2) = E[a^2] E[u]^2 - (E[a] E[u])^2 = 1/12 - 1/16
    assert np.cov(relative[:, 0], relative[:, 1])[0, 1] == pytest.approx(1 / 12 - 1 / 16, abs=0.004)


@pytest.mark.parametrize("penalty_class", [penalties.WGANGP, penalties.DRAGAN])
def test_unit_slope_penalties_equal_their_formula_at_the_points_they_chose(penalty_class):
    penalty = penalty_class(weight=3.0)
    points = penalty.points(Quadratic(seed=5).game).numpy().astype(np.float64)
    expected = 3.0 * np.mean((np.linalg.norm(points, axis=1) - 1) ** 2)
    assert float(penalty(Quadratic(seed=5).game)) == pytest.approx(expected, rel=1e-4)
    assert float(penalty(Quadratic(seed=6).game)) != pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("penalty_class", [penalties.WGANGP, penalties.DRAGAN])
def test_unit_slope_penalties_have_a_finite_gradient_where_the_discriminator_is_flat(penalty_class):
    discriminator = linear_discriminator()
    discriminator.set_weights([np.zeros((3, 1), np.float32), np.zeros(1, np.float32)])
    samples = np.random.RandomState(0).randn(4, 3).astype(np.float32)
    with tf.GradientTape() as tape:
        value = penalty_class()(passed(discriminator, penalty_class(), samples, samples + 1))
    assert float(value) == pytest.approx(10.0, rel=1e-3)
    assert np.isfinite(tape.gradient(value, discriminator.weights[0].value)).all()


def test_drift_is_the_mean_squared_logit_of_the_reals():
    samples = np.random.RandomState(0).randn(6, 3).astype(np.float32)
    value = penalties.Drift(0.5)(passed(linear_discriminator(), penalties.Drift(), samples, samples + 1))
    assert float(value) == pytest.approx(0.5 * np.mean((samples @ WEIGHTS) ** 2), rel=1e-5)


def le_cam_by_hand(logits, weight, decay, start):
    """Equation 3 of the paper with the rectifiers of its authors' program, in float64; `logits` pairs by step."""
    average_real = average_generated = None
    for step, (real, generated) in enumerate(logits, start=1):
        share = 0.0 if step == 1 else decay
        average_real = share * (average_real or 0.0) + (1 - share) * real.mean()
        average_generated = share * (average_generated or 0.0) + (1 - share) * generated.mean()
        value = np.mean(np.maximum(real - average_generated, 0) ** 2)
        value += np.mean(np.maximum(average_real - generated, 0) ** 2)
        yield weight * value if step > start else 0.0


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_le_cam_equals_its_formula_from_step_to_step(jit):
    random, penalty = np.random.RandomState(0), penalties.LeCam(weight=0.5, decay=0.8, start=2)
    memory = {penalty.name: {key: keras.Variable(value) for key, value in penalty.remembers.items()}}
    discriminator = linear_discriminator()

    @tf.function(jit_compile=jit)
    def pay(real, generated):
        return penalty(DiscriminatorPass(discriminator, real, generated, memory=memory))

    batches = [(random.randn(6, 3), random.randn(6, 3) + 0.5) for _ in range(6)]
    paid = [float(pay(*(tf.constant(side, tf.float32) for side in batch))) for batch in batches]
    expected = list(le_cam_by_hand([(real @ WEIGHTS, made @ WEIGHTS) for real, made in batches], 0.5, 0.8, 2))
    assert expected[1] == 0 < expected[2]
    assert paid == pytest.approx(expected, rel=1e-5)


def test_le_cam_forgets_a_step_that_overflowed():
    penalty, discriminator = penalties.LeCam(decay=0.5, start=0), linear_discriminator()
    memory = {penalty.name: {key: keras.Variable(value) for key, value in penalty.remembers.items()}}
    fine = tf.constant(np.random.RandomState(0).randn(4, 3), tf.float32)
    penalty(DiscriminatorPass(discriminator, fine, fine + 1, memory=memory))
    before = {key: float(one.numpy()) for key, one in memory[penalty.name].items()}
    penalty(DiscriminatorPass(discriminator, fine * np.inf, fine, memory=memory))
    assert {key: float(one.numpy()) for key, one in memory[penalty.name].items()} == before


def test_le_cam_does_not_differentiate_its_averages():
    discriminator, penalty = linear_discriminator(), penalties.LeCam(weight=1.0, decay=0.0, start=0)
    memory = {penalty.name: {key: keras.Variable(value) for key, value in penalty.remembers.items()}}
    real, generated = np.float32([[1, 0, 0]]), np.float32([[0, 1, 0]])  # logits 0.5 and -2
    with tf.GradientTape() as tape:
        value = penalty(DiscriminatorPass(discriminator, tf.constant(real), tf.constant(generated), memory=memory))
    gradient = tape.gradient(value, discriminator.weights[0].value)
    np.testing.assert_allclose(gradient[:, 0], 2 * 2.5 * real[0] - 2 * 2.5 * generated[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"), [({"decay": 1.0}, r"decay in \[0, 1\)"), ({"start": -1}, "start >= 0")]
)
def test_bad_arguments_of_le_cam_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"Expected {message}"):
        penalties.LeCam(**arguments)


def test_a_lazy_penalty_every_zero_steps_is_refused():
    with pytest.raises(ValueError, match="Expected every >= 1, a whole number. Received: every=0"):
        penalties.R1(every=0)
    with pytest.raises(ValueError, match="Received: every=1.9"):
        penalties.R1(every=1.9)


@pytest.mark.parametrize("penalty_class", [*SLOPES, penalties.Drift, penalties.LeCam])
def test_a_negative_strength_is_refused(penalty_class):
    with pytest.raises(ValueError, match=r"Expected (gamma|weight) >= 0\. Received: (gamma|weight)=-1\.0\."):
        penalty_class(-1.0)


def test_get_takes_names_and_objects_and_refuses_the_rest():
    assert isinstance(penalties.get("r1"), penalties.R1)
    penalty = penalties.R2(0.5)
    assert penalties.get(penalty) is penalty
    with pytest.raises(ValueError, match="Did you mean 'wgangp'"):
        penalties.get("wgan_gq")
    with pytest.raises(TypeError, match="Received: 1"):
        penalties.get(1)


@pytest.mark.parametrize("penalty_class", [*SLOPES, penalties.Drift, penalties.LeCam])
def test_penalties_make_the_round_trip_through_their_config(penalty_class):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(penalty_class(0.25)))
    assert isinstance(copy, penalty_class)
    assert copy.get_config() == penalty_class(0.25).get_config()
    assert next(iter(copy.get_config().values())) == 0.25


def backbone():
    """A pretrained network with BatchNormalization, frozen as Keras's guide to transfer learning does."""
    inner = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(3, 3),
            keras.layers.BatchNormalization(center=False, scale=False, name="norm"),
            keras.layers.Conv2D(2, 3),
        ]
    )
    inner.trainable = False
    return inner, keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Flatten(), keras.layers.Dense(1)])


def test_a_penalty_goes_through_a_frozen_batch_normalization_as_through_the_affine_map_that_it_is(small_images):
    inner, discriminator = backbone()
    gan = kgan.GAN(small_dcgan().generator, discriminator, seed=0)
    gan.compile(penalties=[kgan.penalties.R1(2.0)], jit_compile=False)
    images = small_images[:4].astype("float32") / 127.5 - 1.0
    with tf.GradientTape() as tape:
        x = tf.constant(images)
        tape.watch(x)
        logits = discriminator(x, training=False)
    expected = np.mean(np.sum(np.square(tape.gradient(logits, x)), axis=(1, 2, 3)))
    moving = [variable.numpy() for variable in inner.non_trainable_variables]
    logs = gan.train_on_batch(images, return_dict=True)
    np.testing.assert_allclose(logs["r1_penalty"], expected, rtol=1e-5)
    for variable, value in zip(inner.non_trainable_variables, moving, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_a_batch_normalization_that_is_set_free_again_is_refused_at_compile_and_at_fit(small_images):
    inner, discriminator = backbone()
    gan = kgan.GAN(small_dcgan().generator, discriminator)
    gan.compile(penalties=["r1"], jit_compile=False)
    inner.get_layer("norm").trainable = True  # it has no weights that an optimizer would miss
    with pytest.raises(ValueError, match="whose layer 'norm' mixes the batch"):
        gan.fit(small_images, batch_size=20, verbose=0)
    with pytest.raises(ValueError, match="whose layer 'norm' mixes the batch"):
        gan.compile(penalties=["r1"])

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as keras_layers

import kgan
from games import small_dcgan
from kgan import layers, penalties
from kgan._game.batch_mixing import may_mix
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan._step import discriminator_side


def wrapped(kind):
    """A layer with an input that fits it."""
    if kind == "dense":
        return keras_layers.Dense(4), np.random.RandomState(0).randn(5, 6).astype(np.float32)
    return keras_layers.Conv2D(4, 3, strides=2), np.random.RandomState(0).randn(2, 7, 7, 3).astype(np.float32)


def largest_singular_value(kernel):
    return np.linalg.svd(np.asarray(kernel, np.float64).reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_a_pass_with_two_power_iterations_is_two_passes_with_one():
    once, x = wrapped("dense")
    twice, _ = wrapped("dense")
    once, twice = layers.SpectralNormalization(once), layers.SpectralNormalization(twice, power_iterations=2)
    for layer in (once, twice):
        layer(x)
        layer.layer.kernel.assign(np.random.RandomState(1).randn(6, 4))
        layer.u.assign(np.float32([0.1, -0.2, 0.3, 0.4]))
    once(x, training=True)
    np.testing.assert_allclose(once(x, training=True), twice(x, training=True), rtol=1e-5)
    np.testing.assert_allclose(once.u, twice.u, rtol=1e-6)


@pytest.mark.parametrize("embedding", [False, True])
def test_spectral_normalization_makes_the_round_trip_with_its_power_iterations(tmp_path, embedding):
    inner = keras_layers.Embedding(5, 3) if embedding else keras_layers.Dense(3)
    model = keras.Sequential([keras.Input((4,)), layers.SpectralNormalization(inner, power_iterations=3)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].power_iterations == 3
    x = np.array([[0, 1, 2, 4]])
    np.testing.assert_array_equal(loaded(x), model(x))


@pytest.mark.parametrize("wrapper", [layers.SpectralNormalization, layers.Equalized])
def test_weights_of_a_wrapped_layer_are_named_alike_however_it_was_made(wrapper):
    inputs = keras.Input((4,))
    x = wrapper(keras_layers.Dense(3, name="a"), name="b")(inputs)
    model = keras.Model(inputs, wrapper(keras_layers.Dense(2, name="a"), name="c")(x))
    again = keras.Model.from_config(model.get_config())
    assert {"b/a/kernel", "c/a/kernel"} < {weight.path for weight in model.weights}
    assert [weight.path for weight in again.weights] == [weight.path for weight in model.weights]


@pytest.mark.parametrize("iterations", [0, -1, 1.5, None])
def test_power_iterations_that_are_none_are_refused(iterations):
    with pytest.raises(ValueError, match="Expected power_iterations >= 1, a whole number. Received: power_iterations="):
        layers.SpectralNormalization(keras_layers.Dense(1), power_iterations=iterations)


def test_spectral_normalization_of_an_embedding_divides_its_rows_by_the_largest_singular_value():
    inner = keras_layers.Embedding(7, 4)
    layer = layers.SpectralNormalization(inner, power_iterations=100)
    classes = np.array([0, 3, 6])
    layer(classes)
    table = np.random.RandomState(1).randn(7, 4).astype(np.float32)
    inner.embeddings.assign(table)
    outputs = layer(classes, training=True)
    np.testing.assert_allclose(outputs, table[classes] / largest_singular_value(table), rtol=1e-5)
    np.testing.assert_array_equal(inner.embeddings.numpy(), table)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(classes, training=True))
    assert np.any(tf.convert_to_tensor(tape.gradient(value, inner.embeddings.value)))


def test_it_takes_the_layers_and_arguments_that_keras_s_own_takes():
    theirs = keras_layers.SpectralNormalization
    for inner in (
        keras_layers.Dense(3),
        keras_layers.Conv1D(3, 2),
        keras_layers.Conv1DTranspose(3, 2),
        keras_layers.DepthwiseConv1D(2),
        keras_layers.EinsumDense("abc,cd->abd", output_shape=(None, 3)),
    ):
        x = np.random.RandomState(0).randn(2, 6, 5).astype(np.float32)
        config = theirs(inner, power_iterations=50).get_config()
        layer = layers.SpectralNormalization.from_config(config)
        layer(x)
        kernel = layer.layer.kernel.numpy()
        reference = type(inner).from_config(inner.get_config())
        reference.build(x.shape)
        reference.kernel.assign(kernel / largest_singular_value(kernel))
        for _ in range(4):
            outputs = layer(x, training=True)
        np.testing.assert_allclose(outputs, reference(x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_spectral_normalization_divides_by_the_largest_singular_value(kind):
    inner, x = wrapped(kind)
    layer = layers.SpectralNormalization(inner)
    layer(x)
    kernel = np.random.RandomState(1).randn(*inner.kernel.shape).astype(np.float32)
    inner.kernel.assign(kernel)
    for _ in range(200):
        outputs = layer(x, training=True)
    reference, _ = wrapped(kind)
    reference.build(x.shape)
    reference.kernel.assign(kernel / largest_singular_value(kernel))
    np.testing.assert_allclose(outputs, reference(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(inner.kernel.numpy(), kernel)  # the weight itself is left alone


def test_spectral_normalization_is_frozen_at_inference():
    inner, x = wrapped("dense")
    layer = layers.SpectralNormalization(inner)
    layer(x)
    before = layer.u.numpy()
    first = layer(x, training=False).numpy()
    np.testing.assert_array_equal(layer(x, training=False), first)
    np.testing.assert_array_equal(layer.u.numpy(), before)
    layer(x, training=True)
    assert not np.array_equal(layer.u.numpy(), before)


def test_spectral_normalization_has_the_gradient_of_w_over_its_norm():
    inner, x = wrapped("dense")
    layer = layers.SpectralNormalization(inner)
    layer(x)
    kernel = np.random.RandomState(1).randn(6, 4)
    inner.kernel.assign(kernel)
    for _ in range(300):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.sin(layer(x, training=True)))
    gradient = tape.gradient(value, inner.kernel.value).numpy()

    def by_svd(kernel):
        return np.sum(np.sin(x.astype(np.float64) @ (kernel / largest_singular_value(kernel))))

    for index in np.ndindex(6, 4):
        step = np.zeros((6, 4))
        step[index] = 1e-5
        slope = (by_svd(kernel + step) - by_svd(kernel - step)) / 2e-5
        assert gradient[index] == pytest.approx(slope, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_power_method_does_not_move_in_the_generator_s_turn(small_images, monkeypatch, jit):
    discriminator = keras.Sequential(
        [keras.Input((8, 8, 1)), keras_layers.Flatten(), layers.SpectralNormalization(keras_layers.Dense(1))]
    )
    gan = kgan.GAN(small_dcgan().generator, discriminator, seed=0)
    gan.compile(jit_compile=jit)
    before = discriminator.layers[-1].u.numpy()
    with monkeypatch.context() as context:
        context.setattr(discriminator_side, "update", lambda *arguments: None)
        gan.fit(small_images, batch_size=50, verbose=0)
    np.testing.assert_array_equal(discriminator.layers[-1].u.numpy(), before)
    gan.compile(jit_compile=jit)
    gan.fit(small_images, batch_size=50, verbose=0)
    assert not np.array_equal(discriminator.layers[-1].u.numpy(), before)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_equalized_layers_start_from_unit_normal_weights_and_scale_them_by_the_fan_in(kind):
    inner, x = wrapped(kind)
    layer = layers.Equalized(inner, gain=2.0, seed=0)
    outputs = layer(x)
    kernel = inner.kernel.numpy()
    reference, _ = wrapped(kind)
    reference.build(x.shape)
    reference.kernel.assign(kernel * 2.0 / np.sqrt(np.prod(kernel.shape[:-1])))
    np.testing.assert_allclose(outputs, reference(x), rtol=1e-5, atol=1e-6)
    big = keras_layers.Dense(100)
    layers.Equalized(big, seed=0).build((None, 100))
    assert np.std(big.kernel.numpy()) == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("scales_bias", [False, True])
def test_a_multiplier_slows_a_layer_down_and_leaves_what_it_computes(scales_bias):
    x = np.random.RandomState(1).randn(3, 5).astype(np.float32)
    slow = layers.Equalized(keras_layers.Dense(4), 2.0, seed=0, multiplier=0.01, scales_bias=scales_bias)
    plain = layers.Equalized(keras_layers.Dense(4), 2.0, seed=0)
    np.testing.assert_allclose(slow(x), plain(x), rtol=1e-5)
    kernel, bias = slow.layer.kernel.numpy(), np.float32([1.0, -2.0, 3.0, 0.5])
    np.testing.assert_allclose(kernel, 100.0 * plain.layer.kernel.numpy(), rtol=1e-5)
    slow.layer.bias.assign(bias)
    expected = x @ kernel * (0.01 * 2.0 / np.sqrt(5)) + bias * (0.01 * 2.0 if scales_bias else 1.0)
    np.testing.assert_allclose(slow(x), expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="Expected multiplier > 0. Received: multiplier=0"):
        layers.Equalized(keras_layers.Dense(1), multiplier=0.0)


@pytest.mark.parametrize("wrapper", [layers.SpectralNormalization, layers.Equalized])
def test_a_layer_without_a_kernel_is_refused(wrapper):
    with pytest.raises(ValueError, match=f"Expected a layer with a kernel.*for {wrapper.__name__}"):
        wrapper(keras_layers.ReLU())(np.zeros((1, 2), np.float32))


def test_self_attention_by_hand_and_as_identity_at_the_start():
    x = np.random.RandomState(0).randn(2, 4, 6, 8).astype(np.float32)
    layer = layers.SelfAttention(seed=0)
    np.testing.assert_array_equal(layer(x), x)
    layer.gain.assign(0.7)
    q, k, v, o = (
        weight.numpy().astype(np.float64)
        for weight in (layer.query_kernel, layer.key_kernel, layer.value_kernel, layer.output_kernel)
    )
    flat = x.reshape(2, 24, 8).astype(np.float64)

    def pooled(y):
        return y.reshape(2, 2, 2, 3, 2, -1).max(axis=(2, 4)).reshape(2, 6, -1)

    scores = np.exp(flat @ q @ pooled(flat @ k).transpose(0, 2, 1))
    attended = scores / scores.sum(axis=-1, keepdims=True) @ pooled(flat @ v) @ o
    np.testing.assert_allclose(layer(x), x + 0.7 * attended.reshape(x.shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 4, 8), (1, None, 4, 8), (1, 4, 4, None)])
def test_self_attention_names_what_it_needs(shape):
    with pytest.raises(ValueError, match="Expected images .* of known height, width and channels for SelfAttention"):
        layers.SelfAttention()(keras.Input(shape[1:]))


def test_self_attention_pools_the_last_row_and_column_of_odd_sides_alone_and_takes_few_channels():
    x = np.random.RandomState(0).randn(2, 5, 3, 4).astype(np.float32)
    layer = layers.SelfAttention(seed=0)
    layer(x)
    layer.gain.assign(0.7)
    assert [tuple(weight.shape) for weight in layer.weights] == [(4, 1), (4, 1), (4, 2), (2, 4), ()]
    q, k, v, o = (weight.numpy().astype(np.float64) for weight in layer.weights[:4])
    flat = x.reshape(2, 15, 4).astype(np.float64)

    def pooled(y):
        y = y.reshape(2, 5, 3, -1)
        rows = [np.maximum(y[:, 0], y[:, 1]), np.maximum(y[:, 2], y[:, 3]), y[:, 4]]
        columns = [[np.maximum(row[:, 0], row[:, 1]), row[:, 2]] for row in rows]
        return np.stack([one for row in columns for one in row], axis=1)

    scores = np.exp(flat @ q @ pooled(flat @ k).transpose(0, 2, 1))
    attended = scores / scores.sum(axis=-1, keepdims=True) @ pooled(flat @ v) @ o
    np.testing.assert_allclose(layer(x), x + 0.7 * attended.reshape(x.shape), rtol=1e-4, atol=1e-5)


def test_self_attention_divides_each_kernel_by_its_largest_singular_value():
    x = np.random.RandomState(0).randn(2, 4, 4, 8).astype(np.float32)
    plain, normal = layers.SelfAttention(seed=0), layers.SelfAttention(seed=0, spectral_normalization=True)
    for layer in (plain, normal):
        layer(x)
        layer.gain.assign(1.0)
    assert [weight.name for weight in normal.non_trainable_weights] == ["query_u", "key_u", "value_u", "output_u"]
    np.testing.assert_array_equal(plain.query_kernel.numpy(), normal.query_kernel.numpy())
    for _ in range(100):
        outputs = normal(x, training=True)
    for name in ("query", "key", "value", "output"):
        kernel = getattr(plain, f"{name}_kernel")
        kernel.assign(kernel / largest_singular_value(kernel))
    np.testing.assert_allclose(outputs, plain(x), rtol=1e-4, atol=1e-5)
    state = normal.query_u.numpy()
    normal(x)  # at inference, nothing moves
    np.testing.assert_array_equal(normal.query_u.numpy(), state)


def test_the_state_of_spectral_normalization_repeats_with_its_seed():
    x = np.ones((1, 6), np.float32)
    one, two, other = (layers.SpectralNormalization(keras_layers.Dense(4), seed=seed) for seed in (1, 1, 2))
    for layer in (one, two, other):
        layer(x)
    np.testing.assert_array_equal(one.u.numpy(), two.u.numpy())
    assert np.all(one.u.numpy() != other.u.numpy())


def test_upsampling_interpolates_and_downsampling_averages():
    x = np.float32([[1.0, 3.0], [5.0, 7.0]]).reshape(1, 2, 2, 1)
    up = layers.Upsample2D()(x).numpy()[0, :, :, 0]
    np.testing.assert_allclose(up, [[1, 2, 3, 3], [3, 4, 5, 5], [5, 6, 7, 7], [5, 6, 7, 7]])
    row = np.float32([0, 4, 8, 4, 0, 0]).reshape(1, 1, 6, 1).repeat(4, axis=1)
    down = layers.Downsample2D()(row).numpy()[0, 0, :, 0]
    np.testing.assert_allclose(down, [(0 + 0 + 4) / 4, (4 + 16 + 4) / 4, (4 + 0 + 0) / 4])


@pytest.mark.parametrize("layer", [layers.Upsample2D(), layers.Downsample2D()])
@pytest.mark.parametrize("size", [(4, 6), (5, 3)])
def test_resampling_keeps_a_constant_and_every_channel_apart(layer, size):
    x = np.ones((2, *size, 3), np.float32) * np.float32([1.0, -2.0, 0.5])
    outputs = layer(x)
    assert outputs.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(outputs, np.broadcast_to(np.float32([1.0, -2.0, 0.5]), outputs.shape), rtol=1e-6)


def test_resampling_of_something_other_than_images_is_refused():
    with pytest.raises(ValueError, match="Expected images"):
        layers.Upsample2D()(np.zeros((1, 3), np.float32))


# Every layer that kgan ships, and Keras's usual ones, in a discriminator that is smooth in its weights.
STACKS = {
    "dense": lambda: [keras_layers.Dense(5, activation="softplus")],
    "convolution": lambda: [keras_layers.Conv2D(4, 3, strides=2, activation="tanh")],
    "grouped convolution": lambda: [layers.Conv2D(4, 3, groups=2), keras_layers.Activation("tanh")],
    "gated linear unit": lambda: [keras_layers.Conv2D(4, 3), layers.GatedLinearUnit()],
    "quadrant": lambda: [keras_layers.Conv2D(3, 3), layers.Quadrant((3, 2)), keras_layers.Activation("tanh")],
    "pixel shuffle": lambda: [
        keras_layers.Conv2D(4, 3),
        layers.PixelShuffle2D(2),
        keras_layers.Activation("tanh"),
    ],
    "learned basis": lambda: [
        keras_layers.Flatten(),
        keras_layers.Dense(3),
        layers.LearnedBasis((2, 3)),
        keras_layers.Activation("tanh"),
    ],
    "transposed convolution": lambda: [keras_layers.Conv2DTranspose(3, 4, strides=2, activation="tanh")],
    "depthwise convolution": lambda: [keras_layers.DepthwiseConv2D(3, activation="tanh")],
    "average pooling": lambda: [keras_layers.Conv2D(4, 3, activation="tanh"), keras_layers.AveragePooling2D(2)],
    "layer normalization": lambda: [keras_layers.LayerNormalization(), keras_layers.Activation("tanh")],
    "spectral convolution": lambda: [
        layers.SpectralNormalization(keras_layers.Conv2D(8, 3)),
        keras_layers.Activation("tanh"),
    ],
    "equalized convolution": lambda: [layers.Equalized(keras_layers.Conv2D(8, 3)), keras_layers.Activation("tanh")],
    "instance normalization": lambda: [
        keras_layers.Conv2D(3, 3),
        layers.InstanceNormalization(),
        keras_layers.Activation("tanh"),
    ],
    "pixel norm": lambda: [keras_layers.Conv2D(3, 3), layers.PixelNorm(), keras_layers.Activation("tanh")],
    "self-attention": lambda: [keras_layers.Conv2D(8, 3, padding="same"), layers.SelfAttention()],
    "spectral self-attention": lambda: [
        keras_layers.Conv2D(8, 3),  # 4 positions a side
        keras_layers.Cropping2D(((0, 1), (0, 0))),  # and 3, an odd one
        layers.SelfAttention(spectral_normalization=True),
    ],
    "leaky": lambda: [keras_layers.Conv2D(2, 3), layers.LeakyReLU(0.2), keras_layers.Activation("tanh")],
    "upsampling": lambda: [keras_layers.Conv2D(2, 3), layers.Upsample2D(), keras_layers.Activation("tanh")],
    "blurred upsampling": lambda: [
        keras_layers.Conv2D(2, 3),
        layers.BlurredUpsample2D(),
        keras_layers.Activation("tanh"),
    ],
    "blur": lambda: [keras_layers.Conv2D(2, 3), layers.Blur2D(2, 2), keras_layers.Activation("tanh")],
    "downsampling": lambda: [keras_layers.Conv2D(2, 3), layers.Downsample2D(), keras_layers.Activation("tanh")],
}


def test_every_shipped_layer_is_in_a_stack_or_mixes_the_batch():
    shipped = {
        value.__name__
        for value in vars(layers).values()
        if isinstance(value, type) and issubclass(value, keras.Layer) and not value.__name__.startswith("_")
    }
    used = {type(layer).__name__ for stack in STACKS.values() for layer in stack()}
    mixing = {name for name in shipped if getattr(layers, name).mixes_batch}
    of_generators = {
        "StyledConv2D",
        "Styles",
        "SplitStyles",
        "MixingLatents",
        "DrawnNoise",
        "SplitNoise",
        "LearnedGrid",
    }
    growing = {"Growing", "GrowingFromImages", "GrowingToImages"}  # tests of pggan
    assert shipped - used == mixing | of_generators | growing | {"ReconstructionError"}  # of two inputs, FastGAN's


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("stack", sorted(STACKS))
def test_a_gradient_penalty_reaches_every_weight_behind_every_layer_with_the_right_gradient(stack, jit):
    discriminator = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            *STACKS[stack](),
            keras_layers.Flatten(),
            layers.SpectralNormalization(keras_layers.Dense(4)),
            keras_layers.Activation("softplus"),
            keras_layers.Dense(1),
        ]
    )
    assert not may_mix(discriminator)
    random = np.random.RandomState(0)
    for weight in discriminator.trainable_variables:
        weight.assign(random.standard_normal(weight.shape) * 0.4)
    real, generated = (tf.constant(random.randn(2, 6, 6, 2), tf.float32) for _ in range(2))

    @tf.function(jit_compile=jit)
    def value_and_gradient():
        with tf.GradientTape() as tape:
            needs = frozenset({"real", "generated"})
            judgement = DiscriminatorPass(discriminator, real, generated, needs=needs, concatenate=True)
            value = penalties.R1(2.0)(judgement) + penalties.R2(2.0)(judgement)
        sources = [weight.value for weight in discriminator.trainable_variables]
        return value, tape.gradient(value, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    @tf.function
    def settle():  # sigma's derivative is the true one where the power method has converged
        for _ in tf.range(100):
            discriminator(real, training=True)

    settle()
    _, gradients = value_and_gradient()
    untouched = []
    for weight, gradient in zip(discriminator.trainable_variables, gradients, strict=True):
        direction = np.asarray(random.standard_normal(weight.shape), np.float32)
        direction /= np.linalg.norm(direction)
        start, step = weight.numpy(), 5e-3
        ends = []
        for sign in (1, -1):
            weight.assign(start + sign * step * direction)
            settle()
            ends.append(float(value_and_gradient()[0]))
        weight.assign(start)
        settle()
        slope = (ends[0] - ends[1]) / (2 * step)
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=2e-2, abs=2e-3), weight.path
        if not np.any(gradient):
            untouched.append(weight.path)
    assert len(untouched) == 1  # the last bias alone: the level of the logits does not show in any slope
    assert untouched[0].endswith("bias")


@pytest.mark.parametrize(
    "layer",
    [
        layers.SpectralNormalization(keras_layers.Conv2D(3, 3)),
        layers.Equalized(keras_layers.Conv2D(3, 3), gain=1.0, seed=1),
        layers.Equalized(keras_layers.Conv2D(3, 3), seed=1, multiplier=0.1, scales_bias=True),
        layers.PixelNorm(),
        layers.MinibatchStandardDeviation(2),
        layers.SelfAttention(seed=1),
        layers.SelfAttention(seed=1, spectral_normalization=True),
        layers.Upsample2D(),
        layers.Downsample2D(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_make_the_round_trip_through_a_saved_model(layer, tmp_path):
    model = keras.Sequential([keras.Input((6, 6, 8)), layer])
    x = np.random.RandomState(0).randn(4, 6, 6, 8).astype(np.float32)
    model(x, training=True)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


def test_generators_of_shipped_layers_are_exported(tmp_path):
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Equalized(keras_layers.Dense(4 * 4 * 8)),
            keras_layers.Reshape((4, 4, 8)),
            layers.PixelNorm(),
            layers.SelfAttention(),
            layers.Upsample2D(),
            layers.SpectralNormalization(keras_layers.Conv2D(1, 3, padding="same")),
            layers.Downsample2D(),
            layers.Upsample2D(),
        ]
    )
    gan = kgan.GAN(generator, kgan.architectures.dcgan_discriminator((8, 8, 1), 4), seed=0)
    kgan.export.save(gan, tmp_path / "bundle")

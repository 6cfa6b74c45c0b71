"""Orthogonal regularisation: its value and gradient in closed form, and whose step it enters."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from kgan import architectures, layers, objectives
from kgan._game.batch import Batch, StepOutputs

RANDOM = np.random.RandomState(0)


def step_of(**networks):
    return StepOutputs(Batch(None, None), {}, {}, None, networks)


def dense(kernel):
    model = keras.Sequential([keras.Input((kernel.shape[0],)), keras.layers.Dense(kernel.shape[1])])
    model.layers[0].kernel.assign(kernel)
    model.layers[0].bias.assign(np.full(kernel.shape[1], 5.0))  # which is no kernel
    return model


def test_it_is_the_sum_of_squared_products_between_different_filters_with_its_gradient():
    kernel = RANDOM.randn(5, 3)
    products = kernel.T @ kernel * (1.0 - np.eye(3))
    model = dense(kernel)
    with tf.GradientTape() as tape:
        value = objectives.OrthogonalRegularization().generator_loss(step_of(generator=model))
    assert float(value) == pytest.approx(np.sum(products**2), rel=1e-5)
    gradient = tape.gradient(value, model.layers[0].kernel.value)
    np.testing.assert_allclose(gradient, 4.0 * kernel @ products, rtol=1e-4, atol=1e-5)


def test_orthogonal_filters_of_any_length_cost_nothing_and_two_alike_their_squared_product():
    lengths = np.diag([3.0, 0.5, 1.0])
    assert float(objectives.OrthogonalRegularization().generator_loss(step_of(generator=dense(lengths)))) == 0.0
    alike = np.float64([[2.0, 2.0], [0.0, 0.0]])
    found = objectives.OrthogonalRegularization().generator_loss(step_of(generator=dense(alike)))
    assert float(found) == pytest.approx(2 * 4.0**2)


def test_convolutions_are_matrices_with_a_column_for_each_filter_and_embeddings_are_left_out():
    images, labels = keras.Input((4, 4, 2)), keras.Input((), dtype="int32")
    x = keras.layers.Flatten()(keras.layers.Conv2D(3, 2, name="a")(images))
    model = keras.Model([images, labels], keras.layers.Concatenate()([x, keras.layers.Embedding(7, 5)(labels)]))
    matrix = model.get_layer("a").kernel.numpy().reshape(8, 3).astype(np.float64)
    expected = np.sum((matrix.T @ matrix * (1.0 - np.eye(3))) ** 2)
    found = objectives.OrthogonalRegularization().generator_loss(step_of(generator=model))
    assert float(found) == pytest.approx(expected, rel=1e-4)


def of_matrices(*matrices):
    """The penalty by its definition, of matrices with a column for each filter."""
    squares = [(matrix.T @ matrix * (1.0 - np.eye(matrix.shape[1]))) ** 2 for matrix in map(np.float64, matrices)]
    return sum(np.sum(one) for one in squares)


def test_a_kernel_wider_than_high_has_the_same_value_and_gradient():
    kernel = RANDOM.randn(3, 40)
    model = dense(kernel)
    with tf.GradientTape() as tape:
        value = objectives.OrthogonalRegularization().generator_loss(step_of(generator=model))
    assert float(value) == pytest.approx(of_matrices(kernel), rel=1e-5)
    gradient = tape.gradient(value, model.layers[0].kernel.value)
    np.testing.assert_allclose(gradient, 4.0 * kernel @ (kernel.T @ kernel * (1.0 - np.eye(40))), rtol=1e-3, atol=1e-3)


def test_biggan_s_first_kernel_makes_no_matrix_of_all_its_columns():
    model = dense(RANDOM.randn(20, 24_576) / 100)
    step = tf.function(lambda: objectives.OrthogonalRegularization().generator_loss(step_of(generator=model)))
    shapes = [tensor.shape for op in step.get_concrete_function().graph.get_operations() for tensor in op.outputs]
    assert max(shape.num_elements() or 0 for shape in shapes) == 20 * 24_576


@pytest.mark.parametrize(
    ("layer", "inputs", "columns"),
    [
        (keras.layers.Conv1DTranspose(3, 2), [(4, 5)], lambda kernel: np.swapaxes(kernel, -1, -2).reshape(-1, 3)),
        (keras.layers.Conv2DTranspose(3, 2), [(4, 4, 5)], lambda kernel: np.swapaxes(kernel, -1, -2).reshape(-1, 3)),
        (layers.Conv2DTranspose(3, 2), [(4, 4, 5)], lambda kernel: np.swapaxes(kernel, -1, -2).reshape(-1, 3)),
        (
            layers.StyledConv2D(3, upsample=True),
            [(4, 4, 5), (7,)],
            lambda kernel: np.swapaxes(kernel, -1, -2).reshape(-1, 3),
        ),
        (layers.StyledConv2D(3), [(4, 4, 5), (7,)], lambda kernel: kernel.reshape(-1, 3)),
        (keras.layers.DepthwiseConv2D(2), [(4, 4, 5)], lambda kernel: kernel.reshape(-1, 5)),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_filters_are_compared_whatever_the_order_of_the_kernel_s_axes(layer, inputs, columns, nested):
    layer = type(layer).from_config(layer.get_config())
    given = [keras.Input(shape) for shape in inputs]
    given = given if len(given) > 1 else given[0]
    model = keras.Model(given, layer(given))
    if nested:
        model = keras.Model(given, model(given))
    others = [weight.numpy() for weight in layer.trainable_weights if weight.name == "style_kernel"]
    expected = of_matrices(columns(layer.kernel.numpy()), *others)
    found = objectives.OrthogonalRegularization().generator_loss(step_of(generator=model))
    assert float(found) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ["num_classes", "num_tags"])
def test_biggan_s_shared_embedding_is_left_out_of_classes_and_of_tags(kind):
    generator = architectures.biggan_generator((8, 8, 1), 6, width=2, embedding_dim=3, seed=0, **{kind: 4})
    shared = generator.get_layer("shared_embedding").weights[0]
    value = objectives.OrthogonalRegularization().generator_loss
    before = float(value(step_of(generator=generator)))
    shared.assign(RANDOM.randn(4, 3) * 10.0)
    assert float(value(step_of(generator=generator))) == before
    kernel = generator.get_layer("block_0_norm_0_scale").layer.kernel
    kernel.assign(kernel + RANDOM.randn(*kernel.shape))
    assert float(value(step_of(generator=generator))) > before


@pytest.mark.parametrize("kind", ["num_classes", "num_tags"])
def test_a_discriminator_s_embedding_within_spectral_normalisation_is_left_out(kind):
    discriminator = architectures.sngan_discriminator((8, 8, 1), 2, seed=0, **{kind: 4})
    value = objectives.OrthogonalRegularization(side="discriminator").discriminator_loss
    before = float(value(step_of(generator=dense(np.eye(2)), discriminator=discriminator)))
    rows = discriminator.get_layer("embedding").layer.weights[0]
    rows.assign(RANDOM.randn(4, 2) * 10.0)
    assert float(value(step_of(generator=dense(np.eye(2)), discriminator=discriminator))) == before


def test_the_discriminator_s_side_is_of_all_discriminators_and_not_of_the_generator():
    kernels = [RANDOM.randn(4, 2) for _ in range(3)]
    networks = dict(zip(("generator", "a", "b"), map(dense, kernels), strict=True))
    objective = objectives.OrthogonalRegularization(side="discriminator")
    assert objective.players == ("discriminator",)
    expected = sum(2 * (kernel[:, 0] @ kernel[:, 1]) ** 2 for kernel in kernels[1:])
    assert float(objective.discriminator_loss(step_of(**networks))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_it_moves_the_kernels_of_its_side_alone_by_its_gradient(side):
    """With a loss of no gradient, a step of SGD is the regularisation's own."""
    made = []
    for weight in (0.0, 0.5):
        gan = linear_game(latent_dim=3, sample_dim=2)
        network = gan.generator if side == "generator" else gan.discriminator
        extra = keras.layers.Dense(2, name="spare")
        if side == "discriminator":
            inputs = keras.Input((2,))
            network = keras.Model(inputs, keras.layers.Dense(1)(extra(inputs)))
            gan = kgan.GAN(gan.generator, network, seed=0)
        kernel = network.layers[-1].kernel if side == "generator" else extra.kernel
        random = np.random.RandomState(1)
        for one in (*gan.generator.weights, *gan.discriminator.weights):
            one.assign(random.standard_normal(one.shape))
        before = kernel.numpy()
        gan.compile(
            keras.optimizers.SGD(0.01),
            keras.optimizers.SGD(0.01),
            objectives=[objectives.OrthogonalRegularization(weight, side)],
        )
        logs = gan.train_on_batch(np.ones((4, 2), np.float32), return_dict=True)
        assert f"{side}_orthogonal_regularization_loss" in logs
        made.append((before, kernel.numpy(), logs))
    (before, without, _), (_, with_it, logs) = made
    products = before.T @ before * (1.0 - np.eye(2))
    np.testing.assert_allclose(with_it - without, -0.01 * 0.5 * 4.0 * before @ products, rtol=1e-3, atol=1e-5)
    assert logs[f"{side}_orthogonal_regularization_loss"] == pytest.approx(0.5 * np.sum(products**2), rel=1e-4)


def test_biggan_begins_without_any():
    generator = architectures.biggan_generator((8, 8, 1), 6, width=2, num_classes=2, seed=0)
    names = ("dense", "convolution")
    kernels = [weight for weight in generator.trainable_weights if weight.path.split("/")[-2] in names]
    wide = [one for one in kernels if len(one.shape) > 1 and np.prod(one.shape[:-1]) >= one.shape[-1]]
    assert len(wide) >= 4
    for weight in wide:
        matrix = weight.numpy().reshape(-1, weight.shape[-1])
        np.testing.assert_allclose(matrix.T @ matrix, np.eye(weight.shape[-1]), atol=1e-5)


def test_slips_are_refused():
    with pytest.raises(ValueError, match="Expected side as 'generator' or 'discriminator'. Received: side='both'"):
        objectives.OrthogonalRegularization(side="both")
    with pytest.raises(ValueError, match="Expected weight"):
        objectives.OrthogonalRegularization(weight=-1.0)


def test_it_makes_the_round_trip_as_a_config():
    made = objectives.OrthogonalRegularization(0.5, "discriminator")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    assert (again.weight, again.side) == (0.5, "discriminator")

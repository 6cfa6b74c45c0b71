"""The forms of convolutions, held against TensorFlow's strided ones."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan._kernels import library as kernels
from kgan._kernels import strided_convolution
from kgan._kernels.library import Library

# Images (height, width, channels), kernel (height, width, filters), strides.
GEOMETRIES = [
    ((28, 28, 1), (4, 4, 5), (2, 2)),  # thin: C takes the strides out, T is one product
    ((13, 10, 3), (4, 4, 5), (2, 2)),  # odd sides, with unequal padding
    ((16, 16, 6), (4, 4, 5), (2, 2)),  # T is a convolution of stride 1
    ((6, 8, 6), (4, 4, 5), (2, 2)),  # small: T is one product again
    ((13, 22, 6), (6, 4, 3), (3, 2)),  # outputs in odd numbers, and strides that differ
    ((15, 26, 6), (6, 2, 5), (3, 2)),  # a stride of each axis, and a kernel no larger than it
    ((16, 24, 6), (4, 4, 2), (1, 2)),  # a stride along one axis only
]


def tensors(geometry, dtype=tf.float64):
    (height, width, channels), (*sides, filters), strides = geometry
    random = np.random.default_rng(0)
    images = random.normal(size=(2, height, width, channels))
    kernel = random.normal(size=(*sides, channels, filters))
    outputs = random.normal(size=(2, -(-height // strides[0]), -(-width // strides[1]), filters))
    return tf.constant(images, dtype), tf.constant(kernel, dtype), tf.constant(outputs, dtype)


def close(actual, expected):
    """To 1e-10 in float64, and in float32 to 1e-5 of the largest number."""
    if expected.dtype == tf.float64:
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-10)
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def as_if_large(monkeypatch):
    """From now on all kernels are, to those that have forms for large ones."""
    sizes = {library: dict.fromkeys("CTW", 0) for library in strided_convolution._FEWER_PRODUCTS_FROM}
    monkeypatch.setattr(strided_convolution, "_FEWER_PRODUCTS_FROM", sizes)


@pytest.fixture(
    params=[None, *Library, "large XLA", "large ONEDNN_WITH_XLA"], ids=lambda param: getattr(param, "name", str(param))
)
def dtype(request, monkeypatch):
    """Each way of choosing a form, as within a step, and as if all kernels were large, which float32 ones can be."""
    large = isinstance(request.param, str)
    if large:
        as_if_large(monkeypatch)
    with kernels.used(Library[request.param.split()[1]] if large else request.param):
        yield tf.float32 if large else tf.float64


@pytest.mark.slow
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_a_convolution_without_strides_is_the_strided_one(geometry, dtype):
    images, kernel, outputs = tensors(geometry, dtype)
    strides, size = geometry[2], geometry[0][:2]
    close(strided_convolution.convolve(images, kernel, strides), tf.nn.conv2d(images, kernel, strides, "SAME"))
    close(
        strided_convolution.convolve_transposed(outputs, kernel, strides, size),
        tf.nn.conv2d_transpose(outputs, kernel, images.shape, strides, "SAME"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_the_three_readings_of_the_form_agree_and_are_each_others_derivatives(geometry, dtype):
    images, kernel, outputs = tensors(geometry, dtype)
    strides, size = geometry[2], geometry[0][:2]
    with tf.GradientTape() as tape:
        tape.watch((images, kernel))
        form = tf.reduce_sum(strided_convolution.convolve(images, kernel, strides) * outputs)
    to_images, to_kernel = tape.gradient(form, (images, kernel))
    close(tf.reduce_sum(images * to_images), form)
    close(tf.reduce_sum(kernel * to_kernel), form)
    with tf.GradientTape() as tape:
        tape.watch((outputs, kernel))
        form = tf.reduce_sum(strided_convolution.convolve_transposed(outputs, kernel, strides, size) * images)
    to_outputs, again = tape.gradient(form, (outputs, kernel))
    close(to_outputs, strided_convolution.convolve(images, kernel, strides))
    close(again, to_kernel)


@pytest.mark.parametrize(
    "geometry",
    [pytest.param(one, marks=() if place % 2 == 0 else pytest.mark.slow) for place, one in enumerate(GEOMETRIES)],
    ids=str,
)
def test_second_and_third_derivatives_are_those_of_the_strided_convolution(geometry, dtype):
    images, kernel, _ = tensors(geometry, dtype)
    strides, tolerance = geometry[2], 1e-8
    if dtype == tf.float32:
        kernel, tolerance = kernel / 8, 1e-3  # sines of large numbers would say nothing

    def derivatives(convolve):
        with tf.GradientTape() as outermost:
            outermost.watch((images, kernel))
            with tf.GradientTape() as outer:
                outer.watch((images, kernel))
                with tf.GradientTape() as inner:
                    inner.watch((images, kernel))
                    value = tf.reduce_sum(convolve(images, kernel) ** 3)
                first = inner.gradient(value, (images, kernel))
                slopes = tf.add_n([tf.reduce_sum(tf.sin(one / 100)) for one in first])
            second = outer.gradient(slopes, (images, kernel))
            slopes = tf.add_n([tf.reduce_sum(tf.sin(one)) for one in second])
        return *first, *second, *outermost.gradient(slopes, (images, kernel))

    mine = derivatives(lambda x, w: strided_convolution.convolve(x, w, strides))
    stock = derivatives(lambda x, w: tf.nn.conv2d(x, w, strides, "SAME"))
    for actual, expected in zip(mine, stock, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


def test_layers_are_keras_own_outside_of_the_training_step_and_equal_within(monkeypatch):
    called = []
    for name in ("convolve", "convolve_transposed"):
        original = getattr(strided_convolution, name)
        monkeypatch.setattr(
            strided_convolution,
            name,
            lambda *args, original=original, name=name: (called.append(name), original(*args))[1],
        )
    images = keras.random.normal((2, 8, 8, 6), seed=0)
    for kind in ("Conv2D", "Conv2DTranspose"):
        arguments = {"filters": 5, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "tanh"}
        mine = getattr(kgan.layers, kind)(**arguments, bias_initializer="normal")
        stock = getattr(keras.layers, kind).from_config(mine.get_config())
        expected = mine(images)
        stock.build(images.shape)
        stock.set_weights(mine.get_weights())
        np.testing.assert_array_equal(stock(images), expected)
        assert not called
        with kernels.used(Library.XLA):
            np.testing.assert_allclose(mine(images), expected, atol=1e-6)
        assert called == [{"Conv2D": "convolve", "Conv2DTranspose": "convolve_transposed"}[kind]]
        called.clear()


@pytest.mark.parametrize(
    "arguments",
    [
        {"strides": 1},
        {"padding": "valid"},
        {"kernel_size": 3},
        {"data_format": "channels_first"},
        {"strides": 1, "dilation_rate": 2},
    ],
    ids=str,
)
def test_a_convolution_that_would_not_gain_stays_keras_own(arguments):
    layer = kgan.layers.Conv2D(**{"filters": 4, "kernel_size": 4, "strides": 2, "padding": "same"} | arguments)
    with kernels.used(Library.XLA):
        assert not strided_convolution.applies_to(layer, tf.zeros((1, 8, 8, 4)))


@pytest.mark.parametrize("kind", ["Conv2D", "Conv2DTranspose"])
def test_saving_keeps_the_layer(kind, tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 2)), getattr(kgan.layers, kind)(3, 4, 2, "same")])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]) is getattr(kgan.layers, kind)
    images = np.ones((1, 8, 8, 2), np.float32)
    np.testing.assert_array_equal(loaded(images), model(images))


@pytest.mark.slow
@pytest.mark.parametrize("has_onednn", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_step_on_a_cpu_takes_the_forms_that_its_kernels_are_fast_at(monkeypatch, small_images, has_onednn):
    asked = []
    monkeypatch.setattr(
        strided_convolution, "convolve", lambda *args: (asked.append(True), tf.nn.conv2d(*args, "SAME"))[1]
    )
    monkeypatch.setattr(kernels, "has_onednn", lambda: has_onednn)
    for jit_compile in (False, True):
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 1), 4, 4), kgan.architectures.dcgan_discriminator((8, 8, 1), 4)
        )
        gan.compile(jit_compile=jit_compile)
        gan.fit(small_images, batch_size=50, epochs=1, verbose=0)
        assert bool(asked) == ((jit_compile or has_onednn) and kernels.has_only_cpu())
        asked.clear()


def forms_of(monkeypatch, used, kernel, strides=(2, 2), dtype=tf.float32):
    """The names of the forms that C, T and W of images of 8 x 8 are computed in."""
    found = []

    def noting(choose):
        def form(*arguments):
            chosen = choose(*arguments)
            found.append(getattr(chosen, "__wrapped__", chosen).__name__)
            return chosen

        return form

    for name in ("_form_of_c", "_form_of_t", "_form_of_w"):
        monkeypatch.setattr(strided_convolution, name, noting(getattr(strided_convolution, name)))
    images, kernel = tf.zeros((1, 8, 8, kernel[2]), dtype), tf.zeros(kernel, dtype)
    with kernels.used(used), tf.GradientTape() as tape:
        tape.watch((images, kernel))
        outputs = strided_convolution.convolve(images, kernel, strides)
        tape.gradient(outputs, (images, kernel))
    return found


OWN = ["_own_convolution", "_own_transposed", "_own_to_kernel"]
FEWER = ["convolve", "convolve_transposed", "to_kernel"]


@pytest.mark.parametrize(
    ("used", "kernel", "expected"),
    [
        (Library.XLA, (4, 4, 3, 64), ["_thin_convolution", "_product", "_own_to_kernel"]),
        (Library.XLA, (4, 4, 32, 64), ["_own_convolution", "_product", "_own_to_kernel"]),
        (Library.XLA, (4, 4, 64, 128), ["_own_convolution", "convolve_transposed", "_own_to_kernel"]),
        (Library.XLA, (4, 4, 128, 256), FEWER),
        (Library.ONEDNN_WITH_XLA, (4, 4, 3, 64), ["_own_convolution", "_stride_one", "_own_to_kernel"]),
        (Library.ONEDNN_WITH_XLA, (4, 4, 64, 128), OWN),
        (Library.ONEDNN_WITH_XLA, (4, 4, 128, 256), ["_own_convolution", "convolve_transposed", "_own_to_kernel"]),
        (Library.ONEDNN_WITH_XLA, (4, 4, 256, 256), FEWER),
        (Library.ONEDNN_WITH_XLA, (2, 2, 512, 512), OWN),  # one stride a side
        (Library.ONEDNN, (4, 4, 3, 64), ["_own_convolution", "_stride_one", "_own_to_kernel"]),
        (Library.ONEDNN, (4, 4, 256, 256), OWN),
    ],
    ids=str,
)
def test_each_size_of_kernel_takes_its_form(used, kernel, expected, monkeypatch):
    assert forms_of(monkeypatch, used, kernel) == expected


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float64])
def test_only_float32_is_summed_before_products(dtype, monkeypatch):
    assert forms_of(monkeypatch, Library.ONEDNN_WITH_XLA, (4, 4, 256, 256), dtype=dtype) == OWN


@pytest.mark.parametrize("used", [Library.XLA, Library.ONEDNN_WITH_XLA])
def test_fewer_products_round_little_more_than_all_of_them(used):
    """In float32, at the size they are used at: errors in parts of the largest number, against float64."""
    random = np.random.RandomState(0)
    shapes = ((4, 8, 8, 256), (4, 4, 256, 256), (4, 4, 4, 256))
    long = [tf.constant(random.standard_normal(shape)) for shape in shapes]
    images, kernel, outputs = (tf.cast(one, tf.float32) for one in long)
    expected = [
        tf.nn.conv2d(long[0], long[1], 2, "SAME"),
        tf.nn.conv2d_transpose(long[2], long[1], shapes[0], 2, "SAME"),
        strided_convolution._own_to_kernel(long[0], long[2], shapes[1], (2, 2)),
    ]
    with kernels.used(used):
        actual = [
            strided_convolution.convolve(images, kernel, (2, 2)),
            strided_convolution.convolve_transposed(outputs, kernel, (2, 2), (8, 8)),
            strided_convolution.to_kernel(images, outputs, shapes[1], (2, 2)),
        ]
    for one, exact in zip(actual, expected, strict=True):
        assert np.abs(one.numpy() - exact).max() < 5e-6 * np.abs(exact).max()


@pytest.mark.slow
def test_tensorflow_says_whether_it_computes_with_onednn():
    """In a process of its own, because TensorFlow asks its environment once."""
    for told in ("0", "1"):
        program = "from kgan._kernels import library; print(library.has_onednn())"
        answer = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": told},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.strip() == str(told == "1")

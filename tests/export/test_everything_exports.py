"""Layers and activations of Keras in a generator: each is exported, and gives in ONNX what it gives in Keras."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from keras import layers, ops
from layer_games import IMAGE, SEQUENCE, VOLUME, joined

import kgan
from kgan.export import ExportError


class Attending(layers.Layer):
    """Attention of a sequence to itself."""

    def __init__(self, attention, **options):
        super().__init__()
        self.attention, self.options = attention, options

    def call(self, x):
        if isinstance(self.attention, layers.MultiHeadAttention | layers.GroupQueryAttention):
            return self.attention(x, x, **self.options)
        return self.attention([x, x], **self.options)

    def get_config(self):
        raise NotImplementedError


ACTIVATIONS = (
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
)
RECURRENT = {"LSTM": layers.LSTM, "GRU": layers.GRU, "SimpleRNN": layers.SimpleRNN}
OF_SEQUENCES = {
    **{
        f"{name} {how}": lambda layer=layer, options=options: layer(5, **options)
        for name, layer in RECURRENT.items()
        for how, options in {
            "of the last step": {},
            "of each step": {"return_sequences": True},
            "backwards": {"return_sequences": True, "go_backwards": True},
            "unrolled": {"unroll": True},
            "with an exact GELU": {"activation": "gelu", "return_sequences": True},
        }.items()
    },
    **{f"{name} both ways": lambda layer=layer: layers.Bidirectional(layer(4)) for name, layer in RECURRENT.items()},
    "cells above each other": lambda: layers.RNN([layers.LSTMCell(5), layers.GRUCell(4)], return_sequences=True),
    "heads": lambda: Attending(layers.MultiHeadAttention(2, 4)),
    "heads that look back": lambda: Attending(layers.MultiHeadAttention(2, 4), use_causal_mask=True),
    "heads in groups": lambda: Attending(layers.GroupQueryAttention(4, 4, 2)),
    "dot-product attention": lambda: Attending(layers.Attention(use_scale=True)),
    "additive attention": lambda: Attending(layers.AdditiveAttention()),
    "a causal convolution": lambda: layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
    "a convolution in groups": lambda: layers.Conv1D(4, 3, groups=2),
    "a separable convolution": lambda: layers.SeparableConv1D(4, 3, padding="same"),
    "a transposed convolution": lambda: layers.Conv1DTranspose(4, 2, strides=3),
    "layer normalization": lambda: layers.LayerNormalization(),
    "RMS normalization": lambda: layers.RMSNormalization(),
    "masked steps": lambda: [layers.ReLU(threshold=0.5), layers.Masking(), layers.LSTM(4)],
    "a layer at each step": lambda: layers.TimeDistributed(layers.Dense(3, activation="gelu")),
    "the place of the largest": lambda: layers.Lambda(lambda x: ops.one_hot(ops.argmax(x, -1), 8)),
    "a straight-through choice": lambda: layers.Lambda(
        lambda x: ops.softmax(x) + ops.stop_gradient(ops.one_hot(ops.argmax(x, -1), 8) - ops.softmax(x))
    ),
    "sorting": lambda: layers.Lambda(ops.sort),
}
OF_IMAGES = {
    **{
        f"transposed {kernel} by {strides}, {padding}": lambda k=kernel, s=strides, p=padding: layers.Conv2DTranspose(
            3, k, strides=s, padding=p
        )
        for kernel in (1, 2, 3, 4)
        for strides in (1, 2, 3)
        for padding in ("same", "valid")
    },
    **{
        f"enlarged by {method}": lambda method=method: layers.UpSampling2D(2, interpolation=method)
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    },
    **{
        f"resized by {method}": lambda method=method: layers.Resizing(9, 4, interpolation=method)
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
    },
    "in groups": lambda: layers.Conv2D(8, 3, groups=4, strides=2, padding="same"),
    "dilated": lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same"),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
    "separable": lambda: layers.SeparableConv2D(4, 3),
    "batch normalization": lambda: layers.BatchNormalization(),
    "group normalization": lambda: layers.GroupNormalization(4),
    "instance normalization": lambda: kgan.layers.InstanceNormalization(),
    "spectral normalization": lambda: layers.SpectralNormalization(layers.Conv2D(4, 3)),
    "statistics of the batch": lambda: kgan.layers.MinibatchStandardDeviation(),
    "PReLU": lambda: layers.PReLU(shared_axes=[1, 2]),
    "pixels shuffled": lambda: kgan.layers.PixelShuffle2D(),
    "attention": lambda: kgan.layers.SelfAttention(),
    "blurred": lambda: kgan.layers.Blur2D(),
    "mirrored edges": lambda: layers.Lambda(lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 1), (0, 0)), mode="reflect")),
    "pooled adaptively": lambda: layers.AdaptiveAveragePooling2D(4),
    "a block written over": lambda: layers.Lambda(lambda x: ops.slice_update(x, (0, 1, 1, 0), -x[:, :2, :2])),
}
OF_VOLUMES = {
    "a convolution": lambda: layers.Conv3D(3, 3, padding="same"),
    "a convolution in groups": lambda: layers.Conv3D(4, 3, groups=2, padding="same"),
    "a transposed convolution": lambda: layers.Conv3DTranspose(3, 3, strides=2, padding="same"),
    "a transposed convolution of pixels": lambda: layers.Conv3DTranspose(3, 1, strides=3),
    "enlarged": lambda: layers.UpSampling3D(2),
    "pooled": lambda: layers.AveragePooling3D(2, padding="same"),
    "group normalization": lambda: layers.GroupNormalization(2),
}
FAMILIES = {
    "activations": (SEQUENCE, {name: lambda name=name: layers.Activation(name) for name in ACTIVATIONS}),
    "sequences": (SEQUENCE, OF_SEQUENCES),
    "images": (IMAGE, OF_IMAGES),
    "volumes": (VOLUME, OF_VOLUMES),
}
EACH = [(family, name) for family, (_, stacks) in FAMILIES.items() for name in stacks]


def test_all_activations_in_one_generator_are_exported(tmp_path):
    shape, stacks = FAMILIES["activations"]
    kgan.export.save(joined(shape, stacks.values()), tmp_path / "model.onnx")  # compared with Keras on the way


@pytest.mark.slow  # half a second each
@pytest.mark.filterwarnings("ignore:Expected networks that Keras can make from their configs")
@pytest.mark.parametrize(("family", "name"), EACH, ids=[f"{family}, {name}" for family, name in EACH])
def test_each_is_exported_alone(tmp_path, family, name):
    shape, stacks = FAMILIES[family]
    kgan.export.save(joined(shape, [stacks[name]]), tmp_path / "model.onnx")


# --- labels ---


def of_labels(encoded):
    latents, labels = keras.Input((8,)), keras.Input((), dtype="int32")
    samples = layers.Dense(6)(layers.Concatenate()([latents, encoded(labels)]))
    critic = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    return kgan.GAN(keras.Model([latents, labels], samples), critic, num_classes=5, seed=0)


def test_labels_out_of_range_are_refused_by_an_embedding(tmp_path):
    path = kgan.export.save(of_labels(layers.Embedding(5, 4)), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    latents = np.zeros((1, 8), np.float32)
    for label in (-1, -6, 5, 700, 2**31, 2**32, -(2**32), 2**32 + 1, 2**40, 2**63 - 1, -(2**63), -(2**61)):
        with pytest.raises(Exception, match="out of data bounds"):
            session.run(None, {"latents": latents, "labels": np.array([label])})
    operators = [node.op_type for node in onnx.load(path).graph.node]
    assert operators[: operators.index("Gather")] == ["Min", "Max", "Mod", "Cast"]  # Keras's own wrap takes ten


def test_labels_out_of_range_are_no_class_in_a_one_hot_code(tmp_path):
    gan = of_labels(layers.Lambda(lambda labels: ops.one_hot(labels, 5)))
    path = kgan.export.save(gan, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    labels = np.array([2**40 + 1, 4, -(2**32)])
    samples = session.run(None, {"latents": np.zeros((3, 8), np.float32), "labels": labels})[0]
    np.testing.assert_allclose(samples[[0, 2]], 0.0, atol=1e-6)  # the bias is 0
    assert np.abs(samples[1]).max() > 0.01


# --- pictures of any size ---


def translation(layer, side=None):
    image = keras.Input((side, side, 3))
    generator = keras.Model(image, layers.Conv2D(3, 3, padding="same", activation="tanh")(layer(image)))
    critic = keras.Input((None, None, 3))
    return kgan.Translation(generator, keras.Model(critic, layers.Dense(1)(layers.GlobalAveragePooling2D()(critic))))


@pytest.mark.parametrize("side", [None, 8])
@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_pictures_of_any_size_are_enlarged(tmp_path, method, side):
    model = translation(layers.UpSampling2D(2, interpolation=method), side)
    path = kgan.export.save(
        model, tmp_path / "model.onnx", atol=1e-3
    )  # TensorFlow looks the cubic kernel up in a table
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    picture = np.random.RandomState(0).uniform(-1.0, 1.0, (1, 5, 9, 3)).astype(np.float32)
    convolution = model.generator.layers[-1]
    expected = convolution(tf.image.resize(picture, (10, 18), method))
    np.testing.assert_allclose(session.run(None, {"image": picture})[0], expected, atol=1e-3)


def test_a_kernel_that_needs_the_size_keeps_that_of_the_input(tmp_path):
    path = kgan.export.save(translation(layers.UpSampling2D(2, interpolation="lanczos3"), 8), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ["batch", 8, 8, 3]


class Larger(layers.Layer):
    def call(self, x):
        return ops.image.resize(x, (2 * ops.shape(x)[1], 2 * ops.shape(x)[2]))

    def compute_output_shape(self, shape):
        return (shape[0], *(side and 2 * side for side in shape[1:3]), shape[3])


@pytest.mark.filterwarnings("ignore:Expected networks that Keras can make from their configs")
def test_a_layer_that_no_graph_of_free_sizes_holds_is_named(tmp_path):
    with pytest.raises(ExportError, match="the layer 'doubled' that looks at a number in Python.*Give keras.Input"):
        kgan.export.save(translation(Larger(name="doubled")), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []

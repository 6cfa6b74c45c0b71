import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as keras_layers

from kgan import layers, penalties
from kgan._game.batch_mixing import may_mix
from kgan._game.discriminator_pass import DiscriminatorPass

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
    "reflection padding": lambda: [layers.ReflectionPadding2D(2), keras_layers.Conv2D(3, 3, activation="tanh")],
    "convolution of doubled sides": lambda: [layers.UpsampleConv2D(3, 3, activation="tanh")],
    "convolution of halved sides": lambda: [layers.ConvAveragePool2D(4, 3, activation="tanh")],
    "frame by frame": lambda: [
        layers.ChannelsToFrames(2),
        layers.FramesToBatch(),
        keras_layers.Conv2D(3, 3, activation="tanh"),
        layers.BatchToFrames(2),
        layers.LastFrames(1),
        layers.FramesToChannels(),
    ],
    "folded": lambda: [keras_layers.Reshape((-1, 1)), layers.Fold1D(3), keras_layers.Conv2D(3, 3, activation="tanh")],
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
    of_two_inputs = {"ReconstructionError", "AdaptiveSeparableConv2D", "MaskedBlend"}
    of_numbers = {"OneHotPixels"}  # of classes, which have no gradient
    assert shipped - used == mixing | of_generators | growing | of_two_inputs | of_numbers


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

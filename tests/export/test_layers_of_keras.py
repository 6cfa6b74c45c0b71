"""What becomes of each of Keras's layers: it is exported, or refused with words, or is none of a generator's."""

import keras
import pytest
from keras import layers
from layer_games import IMAGE, SEQUENCE, VOLUME, joined

import kgan
from kgan.export import ExportError

VECTOR = (8,)


def of_each(names, shape, *arguments, **options):
    """Layers of the same arguments, by their names."""
    return {name: (shape, lambda name=name: getattr(layers, name)(*arguments, **options)) for name in names.split()}


class Twice(layers.Layer):
    """A layer that takes several tensors, on one and another.

    The other is no double: the maximum of x and 2 x is a LeakyReLU to TensorFlow's optimizer of graphs, a wrong one.
    """

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        if isinstance(self.inner, layers.MultiHeadAttention | layers.GroupQueryAttention):
            return self.inner(x, 1.0 - x)
        return self.inner([x, 1.0 - x])

    def get_config(self):
        raise NotImplementedError


def twice(names, shape, *arguments, **options):
    return {
        name: (shape, lambda name=name: Twice(getattr(layers, name)(*arguments, **options))) for name in names.split()
    }


def of_lookup(names, *arguments, **options):
    """Layers that take whole numbers, 0 or 1 here."""
    return {
        name: (
            VECTOR,
            lambda name=name: [
                layers.Lambda(lambda x: keras.ops.cast(x > 0, "int32")),
                getattr(layers, name)(*arguments, **options),
                layers.Lambda(lambda x: keras.ops.cast(x, "float32")),
            ],
        )
        for name in names.split()
    }


EXPORTED = {
    **of_each("Dense", VECTOR, 4),
    **of_each("Activation", VECTOR, "tanh"),
    **of_each("ELU LeakyReLU PReLU ReLU Softmax Identity Flatten ActivityRegularization UnitNormalization", VECTOR),
    **of_each("Dropout GaussianDropout AlphaDropout GaussianNoise", VECTOR, 0.5),
    **of_each("Rescaling", VECTOR, 2.0),
    **of_each("RepeatVector", VECTOR, 3),
    **of_each("Reshape", VECTOR, (2, 4)),
    **of_each("Permute", SEQUENCE, (2, 1)),
    **of_each("Normalization", VECTOR, mean=0.5, variance=2.0),
    **of_each("Lambda", VECTOR, lambda x: 2.0 * x),
    **of_each("EinsumDense", VECTOR, "bx,xy->by", 4),
    **of_each("Discretization", VECTOR, bin_boundaries=[-0.5, 0.5], output_mode="one_hot"),
    **twice("Add Subtract Multiply Average Maximum Minimum Concatenate", VECTOR),
    **twice("Dot", VECTOR, axes=1),
    **of_lookup("Embedding ReversibleEmbedding", 2, 3),
    **of_lookup("CategoryEncoding", 2, output_mode="multi_hot"),
    # sequences
    **of_each("Conv1D Conv1DTranspose SeparableConv1D", SEQUENCE, 4, 3),
    **of_each("DepthwiseConv1D", SEQUENCE, 3),
    **of_each("LSTM GRU SimpleRNN", SEQUENCE, 4),
    **{"RNN": (SEQUENCE, lambda: layers.RNN(layers.GRUCell(4)))},
    **{"Bidirectional": (SEQUENCE, lambda: layers.Bidirectional(layers.GRU(3)))},
    **{"TimeDistributed": (SEQUENCE, lambda: layers.TimeDistributed(layers.Dense(3)))},
    **of_each("AveragePooling1D MaxPooling1D UpSampling1D", SEQUENCE, 2),
    **of_each("AdaptiveAveragePooling1D AdaptiveMaxPooling1D", SEQUENCE, 3),
    **of_each("GlobalAveragePooling1D GlobalMaxPooling1D LayerNormalization RMSNormalization", SEQUENCE),
    **{"Masking": (SEQUENCE, lambda: [layers.Masking(), layers.LSTM(4)])},
    **of_each("ZeroPadding1D Cropping1D", SEQUENCE, 1),
    **of_each("SpatialDropout1D", SEQUENCE, 0.5),
    **twice("Attention AdditiveAttention", SEQUENCE),
    **twice("MultiHeadAttention", SEQUENCE, 2, 4),
    **twice("GroupQueryAttention", SEQUENCE, 4, 4, 2),
    **of_each("STFTSpectrogram", (64, 1), "magnitude", 16, 8, 16),  # by convolutions
    # pictures
    **of_each("Conv2D Conv2DTranspose SeparableConv2D", IMAGE, 4, 3),
    **of_each("DepthwiseConv2D", IMAGE, 3),
    **{"SpectralNormalization": (IMAGE, lambda: layers.SpectralNormalization(layers.Conv2D(4, 3)))},
    **of_each("AveragePooling2D MaxPooling2D UpSampling2D", IMAGE, 2),
    **of_each("AdaptiveAveragePooling2D AdaptiveMaxPooling2D", IMAGE, 3),
    **of_each("GlobalAveragePooling2D GlobalMaxPooling2D BatchNormalization", IMAGE),
    **of_each("GroupNormalization", IMAGE, 4),
    **of_each("ZeroPadding2D Cropping2D", IMAGE, 1),
    **of_each("Resizing CenterCrop", IMAGE, 4, 5),
    **of_each("SpatialDropout2D", IMAGE, 0.5),
    # volumes
    **of_each("Conv3D Conv3DTranspose", VOLUME, 3, 3),
    **of_each("AveragePooling3D MaxPooling3D UpSampling3D", VOLUME, 2),
    **of_each("AdaptiveAveragePooling3D AdaptiveMaxPooling3D", VOLUME, 2),
    **of_each("GlobalAveragePooling3D GlobalMaxPooling3D", VOLUME),
    **of_each("ZeroPadding3D Cropping3D", VOLUME, 1),
    **of_each("SpatialDropout3D", VOLUME, 0.5),
    # films
    **of_each("ConvLSTM1D", (3, 4, 2), 2, 3),
    **of_each("ConvLSTM2D", (3, 4, 4, 2), 2, 3),
    **of_each("ConvLSTM3D", (2, 3, 3, 3, 2), 2, 2),
}
REFUSED = {  # with what the error says
    **{name: (made, "RFFT") for name, made in of_each("MelSpectrogram", (64,), 16, 8, 16).items()},
}
NONE_OF_A_GENERATOR_S = {
    "what others are made of": "Layer Wrapper InputLayer InputSpec Pipeline MaxNumBoundingBoxes",
    "cells, which RNN and its like hold": "GRUCell LSTMCell SimpleRNNCell StackedRNNCells",
    "networks of other frameworks": "FlaxLayer JaxLayer TorchModuleWrapper TFSMLayer",
    "text and identifiers, which no latents are": "StringLookup IntegerLookup TextVectorization Hashing HashedCrossing",
    "changes of real pictures in training": "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix "
    "Equalization MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast "
    "RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue "
    "RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear "
    "RandomTranslation RandomZoom Solarization",
}


def test_every_layer_of_keras_is_in_one_of_the_lists_here():
    known = {*EXPORTED, *REFUSED, *(name for names in NONE_OF_A_GENERATOR_S.values() for name in names.split())}
    missing = [name for name in known if not hasattr(layers, name)]
    assert missing == []
    classes = {getattr(layers, name) for name in known}
    found = {name: one for name, one in vars(layers).items() if isinstance(one, type) and issubclass(one, keras.Layer)}
    assert [name for name, one in found.items() if one not in classes] == []  # AvgPool2D is AveragePooling2D


@pytest.mark.slow  # half a second each
@pytest.mark.filterwarnings("ignore:Expected networks that Keras can make from their configs")
@pytest.mark.parametrize("name", EXPORTED)
def test_it_is_exported_and_gives_in_onnx_what_it_gives_in_keras(tmp_path, name):
    shape, made = EXPORTED[name]
    kgan.export.save(joined(shape, [made]), tmp_path / "model.onnx")


@pytest.mark.slow  # half a second each
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_name_and_a_way_out(tmp_path, name):
    (shape, made), words = REFUSED[name]
    with pytest.raises(ExportError, match=words) as refused:
        kgan.export.save(joined(shape, [made]), tmp_path / "model.onnx")
    assert "layer" in str(refused.value)
    assert "saved_model" in str(refused.value)
    assert not list(tmp_path.iterdir())

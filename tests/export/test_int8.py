"""ONNX files of 8 bits: how near they come to Keras, what they say of it, and which are refused."""

import json

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

import kgan
from kgan.export import int8
from kgan.export.portable import sampler

FORMATS = ("onnx", "onnx_int8", "onnx_int8_dynamic")


def upsampling_generator():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(4 * 4 * 32, kernel_initializer=keras.initializers.HeNormal(0)),
            layers.Reshape((4, 4, 32)),
            layers.UpSampling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer=keras.initializers.HeNormal(1)),
            layers.Conv2DTranspose(32, 4, 2, padding="same", kernel_initializer=keras.initializers.HeNormal(2)),
            layers.LeakyReLU(),
            layers.Conv2D(3, 3, padding="same", activation="tanh", kernel_initializer=keras.initializers.HeNormal(3)),
        ]
    )


@pytest.fixture(scope="module")
def gan():
    discriminator = kgan.architectures.dcgan_discriminator((16, 16, 3), width=4)
    return kgan.GAN(upsampling_generator(), discriminator, seed=0)


@pytest.fixture(scope="module")
def bundle(gan, tmp_path_factory):
    return kgan.export.save(gan, tmp_path_factory.mktemp("bundle"), formats=FORMATS)


@pytest.fixture(scope="module")
def entries(bundle):
    return json.loads((bundle / "card.json").read_text())["artefacts"]


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS[1:])
def test_samples_of_8_bits_are_those_of_keras_but_for_little(gan, bundle, entries, name):
    drawn = sampler.Sampler(bundle / entries[name]["file"]).sample(64, seed=5)
    expected = gan.generate(64, seed=5)
    error = np.sqrt(np.mean((drawn - expected) ** 2))
    assert 0.0 < error < 2.0 / 10 ** (30 / 20)
    assert 20 * np.log10(2.0 / error) == pytest.approx(entries[name]["psnr"], abs=1.5)
    assert np.abs(drawn - expected).max() < entries[name]["tolerance"]
    assert len(np.unique(drawn)) > 1000  # the last layer is not rounded


@pytest.mark.parametrize("name", FORMATS[1:])
def test_the_file_is_smaller_and_the_card_says_what_is_lost(entries, name):
    entry = entries[name]
    assert entry["bytes"] < 0.4 * entries["onnx"]["bytes"]
    assert entry["precision"] == "int8"
    assert entry["frechet"]["distance"] == pytest.approx(entry["frechet"]["floor"], rel=0.2)
    assert entry["mean_difference"] < entry["largest_difference"] < entry["tolerance"]
    assert set(entry["speed"]) == {"1", "64"}
    assert entry["faster"] is (min(entry["speed"].values()) >= 1.05)
    assert entry.get("calibrated_on") == ("256 draws of seed 0" if name == "onnx_int8" else None)


def test_the_bundle_verifies_and_holds_weights_of_8_bits(bundle):
    found = kgan.export.verify(bundle)
    assert "- generator.int8.onnx: " in (bundle / "README.md").read_text().replace("\\", "")
    assert set(found.differences) == set(FORMATS)
    assert all(found.differences[name] <= found.tolerances[name] for name in FORMATS)
    model = onnx.load(bundle / "generator.int8.onnx")
    assert {node.op_type for node in model.graph.node} >= {"QuantizeLinear", "DequantizeLinear"}
    assert "DynamicQuantizeLinear" in {
        one.op_type for one in onnx.load(bundle / "generator.int8-dynamic.onnx").graph.node
    }
    weights = [one for one in model.graph.initializer if one.data_type == onnx.TensorProto.INT8 and len(one.dims) > 1]
    assert len(weights) == 3  # the transposed convolution's, too; the last one has few


def test_two_quantisations_are_the_same_bytes_and_carry_the_metadata(bundle, gan, tmp_path):
    again = tmp_path / "again.onnx"
    int8.quantize(bundle / "generator.onnx", again, gan_draws(gan))
    assert again.read_bytes() == (bundle / "generator.int8.onnx").read_bytes()
    metadata = [
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).get_modelmeta().custom_metadata_map
        for path in (again, bundle / "generator.onnx")
    ]
    assert metadata[0] == metadata[1]


def gan_draws(gan):
    return {"latents": gan.latents.draw(256, gan.latent_dim, 0)}


def test_a_file_that_loses_too_much_is_refused_unless_forced(gan, tmp_path):
    narrow = {"latents": np.full((2, 16), 1e-3, np.float32)}  # ranges that no draw stays in
    with pytest.raises(kgan.export.VerificationError, match=r"Expected generator\.int8\.onnx with a PSNR.*force=True"):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx_int8",), calibration=narrow)
    assert list(tmp_path.iterdir()) == []
    forced = kgan.export.save(gan, tmp_path / "m.onnx", formats=("onnx_int8",), calibration=narrow, force=True)
    assert sampler.Sampler(forced).sample(2, seed=0).shape == (2, 16, 16, 3)


def test_a_generator_that_8_bits_make_no_smaller_is_refused(tmp_path):
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(kgan.export.ExportError, match="Expected a generator that 8 bits make smaller"):
        kgan.export.save(kgan.GAN(generator, discriminator), tmp_path / "b", formats=("onnx", "onnx_int8"))
    assert list(tmp_path.iterdir()) == []


def translation():
    networks = [
        keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                keras.layers.Conv2D(32, 3, padding="same", kernel_initializer=keras.initializers.HeNormal(0)),
                keras.layers.LeakyReLU(),
                keras.layers.Conv2D(channels, 3, padding="same", activation=activation),
            ]
        )
        for channels, activation in ((3, "tanh"), (1, None))
    ]
    return kgan.Translation(*networks)


def test_a_network_from_pictures_is_calibrated_on_pictures(tmp_path):
    model = translation()
    with pytest.raises(
        ValueError, match=r"Expected calibration for a format of 8 bits: what this generator takes, image"
    ):
        kgan.export.save(model, tmp_path / "none", formats=("onnx_int8",))
    pictures = np.random.RandomState(0).uniform(-1.0, 1.0, (70, 8, 8, 3)).astype(np.float32)
    folder = kgan.export.save(model, tmp_path / "bundle", formats=("onnx", "onnx_int8"), calibration=pictures)
    entry = json.loads((folder / "card.json").read_text())["artefacts"]["onnx_int8"]
    assert entry["calibrated_on"] == "70 inputs that were passed"
    assert entry["samples_compared"] == 35
    assert entry["psnr"] > 30.0


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        ({"z": np.zeros((4, 16))}, "Expected calibration with latents. Received: z"),
        (np.zeros((4, 15)), r"of shape \('batch', 16\). Received: shape \(4, 15\)"),
        (np.zeros((1, 16)), r"Received: shape \(1, 16\)"),
        (np.full((4, 16), np.nan), "Expected calibration of finite latents"),
    ],
)
def test_calibration_that_does_not_fit_is_refused(gan, tmp_path, calibration, said):
    with pytest.raises(ValueError, match=said):
        kgan.export.save(gan, tmp_path / "b", formats=("onnx_int8",), calibration=calibration)
    assert list(tmp_path.iterdir()) == []

"""A generator of several outputs: each has its name in every artefact, and is held against Keras."""

import json
import shutil

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

import kgan
from commands import kgan as command
from kgan.export import VerificationError, parity
from kgan.export.portable import card_file, runtimes
from kgan.export.portable.probes import read_probes, write_probes
from kgan.export.portable.sampler import Sampler, SamplerError, run
from kgan.export.signature import Signature
from served import Served

FORMS = ("onnx", "saved_model", "onnx_float16")
OTHERS = {"litert": "ai_edge_litert", "openvino": "openvino"}  # and what brings their runtimes


def generator(draws: bool = False) -> keras.Model:
    """Pictures of 4 x 4, their masks, and eight numbers of any size; TensorFlow's order of names is another."""
    keras.utils.set_random_seed(0)
    z = keras.Input((4,))
    hidden = keras.layers.Dense(64, "relu")(z)
    if draws:
        hidden = Drawing()(hidden)
    pictures = keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16, "tanh")(hidden))
    masks = keras.layers.Activation("sigmoid")(4.0 * pictures)
    return keras.Model(z, {"images": pictures, "masks": masks, "features": 30.0 * keras.layers.Dense(8)(hidden)})


class Drawing(keras.layers.Layer):
    """Adds noise in inference, too."""

    def call(self, inputs):
        return inputs + keras.random.normal((*keras.ops.shape(inputs)[:1], 64))


def game(network: keras.Model) -> kgan.GAN:
    critic = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(network, critic, seed=0)


@pytest.fixture(scope="module")
def gan() -> kgan.GAN:
    return game(generator())


@pytest.fixture(scope="module")
def bundle(gan, tmp_path_factory):
    return kgan.export.save(gan, tmp_path_factory.mktemp("several") / "bundle", formats=FORMS)


def test_the_onnx_file_gives_each_output_by_its_name_the_samples_first(gan, bundle):
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    names = [one.name for one in session.get_outputs()]
    assert names == ["images", "masks", "features"]
    z = gan.latents.draw(3, 4, 1)
    for name, drawn in zip(names, session.run(None, {"latents": z}), strict=True):
        np.testing.assert_allclose(drawn, gan.generate(3, seed=1, output=name), rtol=1e-5, atol=1e-5)


def test_the_card_has_each_output_with_its_shape_and_the_range_of_its_activation(bundle):
    outputs = json.loads((bundle / "card.json").read_text())["outputs"]
    assert outputs == {
        "images": {"shape": ["batch", 4, 4, 1], "dtype": "float32"},
        "masks": {"shape": ["batch", 4, 4, 1], "dtype": "float32", "value_range": [0.0, 1.0]},
        "features": {"shape": ["batch", 8], "dtype": "float32"},
    }


def test_verify_holds_every_output_against_the_probes(bundle, tmp_path):
    assert kgan.export.verify(bundle).is_compared
    with np.load(bundle / "probes.npz") as probes:
        assert {name.split("/")[-1] for name in probes if name.startswith("outputs/")} == {
            "images",
            "masks",
            "features",
        }


@pytest.mark.parametrize("output", ["masks", "features"])
def test_an_export_whose_further_output_is_wrong_is_refused_with_the_name_of_the_output(
    gan, tmp_path, monkeypatch, output
):
    real = parity.onnx_runner

    def wrong(path, signature):
        run = real(path, signature)

        def off(inputs, name=signature.output):
            return run(inputs, name) + np.float32(name == output) * np.float32(0.5)

        return off

    monkeypatch.setattr(parity, "onnx_runner", wrong)
    with pytest.raises(VerificationError, match=f"generator.onnx, output '{output}', and Keras outputs differ by"):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    assert not (tmp_path / "bundle").exists()


def test_a_difference_is_relative_where_an_output_has_no_range_and_absolute_where_it_has_one(gan):
    signature = Signature.of(gan)
    assert signature.ranges == {"images": (-1.0, 1.0), "masks": (0.0, 1.0), "features": None}
    expected = np.array([[50.0, 1.0]], np.float32)
    assert parity.difference(expected, expected + 1.0, None) == pytest.approx(1.0 / 50.0)
    assert parity.difference(expected, expected + 1.0, (0.0, 1.0)) == pytest.approx(1.0)


def test_the_form_of_pictures_is_that_of_the_samples_alone(gan, tmp_path):
    bundle = kgan.export.save(gan, tmp_path / "b", formats=("onnx",), layout="nchw", pixels="uint8")
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    images, masks, features = session.run(None, {"latents": gan.latents.draw(2, 4, 1)})
    assert images.dtype == np.uint8
    assert images.shape == (2, 1, 4, 4)
    np.testing.assert_allclose(masks, gan.generate(2, seed=1, output="masks"), atol=1e-5)
    np.testing.assert_allclose(features, gan.generate(2, seed=1, output="features"), rtol=1e-5, atol=1e-4)
    assert kgan.export.verify(bundle).is_compared


@pytest.mark.slow  # another export
def test_noise_that_a_layer_draws_is_one_input_for_all_outputs(tmp_path):
    gan = game(generator(draws=True))
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    session = onnxruntime.InferenceSession(bundle / "generator.onnx")
    z, noise = gan.latents.draw(2, 4, 1), np.ones((2, 64), np.float32)
    images, masks, features = session.run(None, {"latents": z, "noise": noise})
    np.testing.assert_allclose(masks, 1 / (1 + np.exp(-4.0 * images)), atol=1e-5)
    assert np.abs(session.run(["features"], {"latents": z})[0] - features).max() > 0.1


def test_a_lone_output_keeps_the_name_that_the_generator_gives_it(tmp_path):
    whole = generator()
    gan = game(keras.Model(whole.inputs, {"faces": whole.output["images"]}))
    path = kgan.export.save(gan, tmp_path / "faces.onnx")
    assert [one.name for one in onnxruntime.InferenceSession(path).get_outputs()] == ["faces"]


@pytest.mark.slow
@pytest.mark.parametrize("format", OTHERS)
def test_every_runtime_finds_each_output_by_its_name_in_any_order(gan, tmp_path, format):
    pytest.importorskip(OTHERS[format], reason=f"needs {OTHERS[format]}")
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=(format,))
    assert kgan.export.verify(bundle).differences[format] < 1e-5
    artefact = json.loads((bundle / "card.json").read_text())["artefacts"][format]
    network = runtimes.OTHERS[format].opened(bundle / artefact["file"])
    z = gan.latents.draw(2, 4, 1)
    given = network.outputs_as(["images", "masks", "features"])
    for name, received in zip(given, network.run({"latents": z}), strict=True):
        np.testing.assert_allclose(received, gan.generate(2, seed=1, output=name), rtol=1e-4, atol=1e-4)


def test_of_several_names_of_an_output_the_one_that_is_known_counts_whatever_the_order_of_a_set():
    synonyms = [{"a/Reshape:0", "masks"}, {"images", "z/Tanh:0"}]
    for gives in (["masks", "images"], ["a/Reshape:0", "z/Tanh:0"]):
        network = runtimes.Network(frozenset(), gives, lambda inputs: [], synonyms)
        assert network.outputs_as(["images", "masks"]) == ["masks", "images"]
    both = runtimes.Network(frozenset(), ["a", "a"], lambda inputs: [], [{"a", "images", "masks"}] * 2)
    assert sorted(both.outputs_as(["images", "masks"])) == ["images", "masks"]  # one tensor, given twice


def test_a_lone_output_may_have_another_name_and_of_several_none_is_taken_by_its_place():
    assert runtimes.Network(frozenset(), ["a"], lambda inputs: []).outputs_as(["images"]) == ["images"]
    several = runtimes.Network(frozenset(), ["a", "b"], lambda inputs: [])
    assert several.outputs_as(["images", "masks"]) == ["a", "b"]


# --- files that lose: each output is held against what may be lost of it ---


def large(steepness: float, high: float = 1.0) -> keras.Model:
    """Pictures, and masks of them, of so many weights that 8 bits make the file smaller."""
    keras.utils.set_random_seed(0)
    z = keras.Input((32,))
    pictures = keras.layers.Dense(64, "tanh")(keras.layers.Dense(256, "relu")(z))
    pictures = keras.layers.Reshape((8, 8, 1))(pictures)
    masks = keras.layers.Activation("sigmoid", name="mask")(steepness * pictures)
    if high != 1.0:
        pictures = keras.layers.Rescaling(high / 2, high / 2)(pictures)
    return keras.Model(z, {"images": pictures, "masks": masks})


def of_eight(network: keras.Model, **options) -> kgan.GAN:
    critic = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(network, critic, seed=0, **options)


def test_8_bits_are_refused_where_a_further_output_loses_too_much(tmp_path):
    gan = of_eight(large(steepness=1e4))
    said = r"Expected generator\.int8\.onnx, output 'masks', with a PSNR to Keras of 30 dB.*force=True"
    with pytest.raises(VerificationError, match=said):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx_int8",))
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    gan = of_eight(large(steepness=4.0))
    return kgan.export.save(gan, tmp_path_factory.mktemp("eight") / "bundle", formats=("onnx_int8",))


def test_the_card_says_of_each_output_what_8_bits_lose_of_it_and_may(eight):
    entry = json.loads((eight / "card.json").read_text())["artefacts"]["onnx_int8"]
    assert list(entry["further"]) == ["masks"]
    for one in (entry, entry["further"]["masks"]):
        assert one["psnr"] > 30.0
        assert 0.0 < one["largest_difference"] < one["tolerance"] < 0.25
        assert one["tolerance_of_root_mean_square"] < 2.5 * 2.0 / 10 ** (30 / 20)
    assert entry["further"]["masks"]["tolerance"] != entry["tolerance"]
    assert kgan.export.verify(eight).is_compared


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda masks: masks + np.float32(0.3), r"numbers that differ by 3\.\de-01"),
        (lambda masks: np.roll(masks, 1, axis=2), "numbers that differ by"),
    ],
)
def test_verify_refuses_a_further_output_of_8_bits_that_is_another(eight, tmp_path, change, said):
    _with_probes(eight, tmp_path / "b", lambda outputs: {**outputs, "masks": change(outputs["masks"])})
    with pytest.raises(kgan.export.BundleError, match=said):
        kgan.export.verify(tmp_path / "b")


def test_where_single_numbers_may_be_anything_the_whole_is_held_against_its_mean_square(eight, tmp_path):
    def change(card):
        card["artefacts"]["onnx_int8"]["further"]["masks"]["tolerance"] = 2.0

    _with_probes(eight, tmp_path / "a", lambda outputs: outputs, change)
    assert kgan.export.verify(tmp_path / "a").is_compared
    _with_probes(eight, tmp_path / "b", lambda outputs: {**outputs, "masks": 1.0 - outputs["masks"]}, change)
    with pytest.raises(kgan.export.BundleError, match=r"within a root mean square of .* differ by a root mean square"):
        kgan.export.verify(tmp_path / "b")


def _with_probes(bundle, folder, outputs, change=lambda card: None):
    """A copy of a bundle with other numbers of Keras's, and a card that fits them."""
    shutil.copytree(bundle, folder)
    path = folder / "probes.npz"
    write_probes(path, [(inputs, outputs(given)) for inputs, given in read_probes(path)])
    card = json.loads((folder / "card.json").read_text())
    change(card)
    card["sha256"][path.name] = card_file.digest_of(path)
    (folder / "card.json").write_text(json.dumps(card))


def test_a_tolerance_goes_with_the_range_of_its_own_output(tmp_path):
    gan = of_eight(large(4.0, high=255.0), value_range=(0.0, 255.0))
    signature = Signature.of(gan)
    assert parity.tolerances(None, signature) == pytest.approx({"images": 1e-4 * 127.5, "masks": 1e-4})
    assert parity.tolerances(None, signature, half=True) == pytest.approx({"images": 0.05 * 127.5, "masks": 0.025})
    assert parity.tolerances(0.3, signature, half=True) == {"images": 0.3, "masks": 0.3}
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx", "onnx_float16"))
    entries = json.loads((bundle / "card.json").read_text())["artefacts"]
    assert entries["onnx"]["further"] == {"masks": {"tolerance": 1e-4}}
    masks = entries["onnx_float16"]["further"]["masks"]
    assert masks["tolerance"] == 0.025
    assert masks["psnr"] > 50.0
    assert kgan.export.verify(bundle).is_compared
    _with_probes(bundle, tmp_path / "b", lambda outputs: {**outputs, "masks": outputs["masks"] + np.float32(5e-3)})
    with pytest.raises(kgan.export.BundleError, match=r"generator\.onnx to give what Keras gave, within 1e-04"):
        kgan.export.verify(tmp_path / "b")


@pytest.mark.parametrize("entry", [3, {"masks": 3}, {"masks": {"tolerance": -1}}, {"masks": {"tolerance": "much"}}])
def test_a_card_whose_further_tolerances_are_none_is_refused(eight, tmp_path, entry):
    def change(card):
        card["artefacts"]["onnx_int8"]["further"] = entry

    _with_probes(eight, tmp_path / "b", lambda outputs: outputs, change)
    with pytest.raises(kgan.export.BundleError, match="Expected"):
        kgan.export.verify(tmp_path / "b")


# --- the programs of the bundle, and the server ---


def test_the_sampler_draws_a_further_output_of_the_same_samples(gan, bundle):
    sampler = Sampler(bundle)
    assert sampler.outputs == ["images", "masks", "features"]
    np.testing.assert_allclose(sampler.sample(3, seed=1), gan.generate(3, seed=1), atol=1e-5)
    for output, shape, bounds in (("masks", (4, 4, 1), [0.0, 1.0]), ("features", (8,), None)):
        other = Sampler(bundle, output=output)
        assert (other.output, other.sample_shape, other.value_range) == (output, shape, bounds)
        expected = gan.generate(70, seed=1, output=output)  # more than a batch
        np.testing.assert_allclose(other.sample(70, seed=1), expected, rtol=1e-5, atol=1e-4)
    assert other.giving(None).sample_shape == sampler.sample_shape


def test_a_sampler_that_gives_another_output_leaves_the_one_that_it_was_made_of(bundle):
    sampler = Sampler(bundle)
    masks = sampler.giving("masks")
    assert (sampler.output, masks.output) == ("images", "masks")
    assert masks.engine is sampler.engine
    assert masks.giving("images").value_range == sampler.value_range


def test_masks_are_drawn_in_their_own_range_black_for_0_and_white_for_1(gan, bundle, tmp_path):
    run(bundle, tmp_path / "masks.png", count=1, seed=1, output="masks")
    drawn = np.asarray(Image.open(tmp_path / "masks.png"))
    expected = np.rint(gan.generate(1, seed=1, output="masks")[0, ..., 0] * 255.0)
    factor = drawn.shape[0] // 4
    np.testing.assert_allclose(drawn[::factor, ::factor], expected, atol=1)


def test_the_command_draws_the_output_that_is_named_and_refuses_one_that_is_not_there(bundle, tmp_path):
    done = command("sample", bundle, "--output", "features", "--count", 2, "--seed", 1, "--out", tmp_path / "f.npy")
    assert done.code == 0, done.err
    assert np.load(tmp_path / "f.npy").shape == (2, 8)
    done = command("sample", bundle, "--output", "mask", "--count", 2, "--out", tmp_path / "m.npy")
    assert done.code == 2
    assert "Expected --output as one of: images, masks, features. Received: --output mask." in " ".join(
        done.err.split()
    )
    assert not (tmp_path / "m.npy").exists()


def test_metadata_of_outputs_that_the_network_does_not_have_is_refused(bundle, tmp_path):
    for told in (
        '{"masks": {"shape": [4, 4, 1], "value_range": null}}',  # one too few
        '{"masks": {"shape": [4, 4, 2], "value_range": null}, "features": {"shape": [8], "value_range": null}}',
        '{"masks": {"shape": [4, 4, 1], "value_range": [1, 0]}, "features": {"shape": [8], "value_range": null}}',
        '{"masks": {"shape": [4, 4, 1]}, "features": {"shape": [8], "value_range": null}}',
        '{"masks": 3, "features": {"shape": [8], "value_range": null}}',
        "[1, 2]",
    ):
        model = onnx.load(bundle / "generator.onnx")
        for one in model.metadata_props:
            if one.key == "kgan_further_outputs":
                one.value = told
        onnx.save(model, tmp_path / "forged.onnx")
        with pytest.raises(SamplerError, match="Expected"):
            Sampler(tmp_path / "forged.onnx")


def test_a_name_that_no_program_can_have_is_refused(tmp_path):
    whole = generator()
    gan = game(keras.Model(whole.inputs, {"images": whole.output["images"], "the masks": whole.output["masks"]}))
    with pytest.raises(ValueError, match="Expected names of the generator's outputs .* Received: 'the masks'"):
        kgan.export.save(gan, tmp_path / "bundle")


def test_the_server_answers_with_the_output_that_is_asked_for(gan, bundle):
    pytest.importorskip("fastapi")
    with Served(bundle) as served:
        assert json.loads(served.ask("GET", "/bundle").content)["outputs"] == ["images", "masks", "features"]
        answer = served.generate(count=3, seed=1, output="masks", format="npz")
        np.testing.assert_allclose(answer.arrays["samples"], gan.generate(3, seed=1, output="masks"), atol=1e-5)
        assert served.generate(count=3, seed=1, output="features").arrays["samples"].shape == (3, 8)
        assert served.generate(count=3, seed=1).headers["Content-Type"] == "image/png"
        refused = served.generate(count=3, output="features", format="png")
        assert (refused.status, refused.error) == (
            422,
            "Expected format as one of: npz, zip, in which the output features can be had. Received: format=png.",
        )
        refused = served.generate(count=3, output="mask")
        assert refused.status == 422
        assert refused.error.startswith("Expected output as one of: images, masks, features.")

import hashlib
import json
import shutil

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

import kgan
from games import linear_game, small_dcgan
from kgan.export import ExportError, VerificationError, card, parity, signature
from kgan.export.portable import sampler


def session(folder):
    return onnxruntime.InferenceSession(str(folder / "generator.onnx"), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module", params=[None, 10], ids=["plain", "conditional"])
def exported(request, tmp_path_factory):
    """A GAN after a little training, with the bundle made of it."""
    from kgan.data.sources import digits

    images, labels = digits.read()
    gan = small_dcgan(request.param, ema_half_life=100)
    gan.compile(jit_compile=False)
    gan.fit(images[::25, 2:26:3, 2:26:3], labels[::25].astype(np.int32), batch_size=20, verbose=0)
    folder = tmp_path_factory.mktemp("export") / "bundle"
    assert kgan.export.save(gan, folder) == folder
    return gan, folder


def test_a_bundle_holds_what_it_promises(exported):
    _, folder = exported
    assert {path.name for path in folder.iterdir()} == {
        "generator.onnx",
        "saved_model",
        "card.json",
        "sampler.py",
        "latents.py",
        "latents.js",
        "Latents.cs",
        "probes.npz",
        "verify.py",
        "README.md",
    }
    assert not [path for path in folder.parent.iterdir() if path != folder]


@pytest.mark.parametrize("seed", [0, 123])
def test_the_same_seed_gives_the_same_images_in_keras_onnx_and_saved_model(exported, seed):
    gan, folder = exported
    expected = gan.generate(70, seed=seed)
    np.testing.assert_allclose(sampler.Sampler(folder).sample(70, seed=seed), expected, atol=1e-4)
    latents = sampler.draw_latents("normal", 70, gan.latent_dim, seed)
    inputs = {"latents": tf.constant(latents)}
    if gan.num_classes:
        inputs["labels"] = tf.range(70, dtype=tf.int64) % 10
    serve = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    np.testing.assert_allclose(serve(**inputs)["images"], expected, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_onnx_names_its_inputs_its_output_and_its_batch_axis(exported, batch):
    gan, folder = exported
    onnx_session = session(folder)
    inputs = [(value.name, value.shape, value.type) for value in onnx_session.get_inputs()]
    expected = [("latents", ["batch", 4], "tensor(float)")]
    assert inputs == expected + ([("labels", ["batch"], "tensor(int64)")] if gan.num_classes else [])
    output = onnx_session.get_outputs()[0]
    assert (output.name, output.shape) == ("images", ["batch", 8, 8, 1])
    feed = signature.Signature.of(gan).example(batch)
    assert onnx_session.run(["images"], feed)[0].shape == (batch, 8, 8, 1)


def test_onnx_carries_what_is_needed_to_sample_it(exported):
    gan, folder = exported
    model = onnx.load(folder / "generator.onnx")
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    found = kgan.latent_tools.sefa(gan, 4)
    carried = json.loads(metadata.pop("kgan_directions"))
    assert list(carried) == list(found.names)
    np.testing.assert_allclose(list(carried.values()), found.vectors, atol=1e-6)
    assert metadata == {
        "kgan_version": kgan.__version__,
        "kgan_latent_distribution": "normal",
        "kgan_latent_dim": "4",
        "kgan_sample_shape": "[8, 8, 1]",
        "kgan_value_range": "[-1.0, 1.0]",
        "kgan_num_classes": "10" if gan.num_classes else "null",
        "kgan_num_tags": "null",
        "kgan_class_names": "null",
        "kgan_latent_arguments": "{}",
    }
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 18


def test_the_card_describes_the_bundle(exported):
    gan, folder = exported
    card = json.loads((folder / "card.json").read_text())
    assert card["outputs"] == {"images": {"shape": ["batch", 8, 8, 1], "dtype": "float32"}}
    assert card["trained"] == {"steps": 10, "images": 200}
    assert card["parameters"] == gan.generator.count_params()
    assert card["averaged_weights"] is True
    assert "`import kgan`" in card["keras_file"]
    differences = card["verified"]["largest_difference_from_keras"]
    assert set(differences) == {"generator.onnx", "saved_model"}
    assert all(0 <= difference < 1e-4 for difference in differences.values())
    for name, digest in card["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("opset", [13, 15])
def test_older_opsets_on_request(tmp_path, opset):
    kgan.export.save(small_dcgan(), tmp_path / "bundle", opset=opset)
    model = onnx.load(tmp_path / "bundle" / "generator.onnx")
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == opset


@pytest.mark.parametrize("opset", [12, 19])
def test_other_opsets_are_refused_and_nothing_is_left(tmp_path, opset):
    with pytest.raises(ValueError, match=f"Expected opset from 13 to 18. Received: opset={opset}"):
        kgan.export.save(small_dcgan(), tmp_path / "bundle", opset=opset)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["generator.onnx", "saved_model"])
@pytest.mark.parametrize("damage", [lambda x: x + 3.1e-2, lambda x: x * np.nan, lambda x: x[:-1]])
def test_an_artefact_that_differs_is_named_and_no_bundle_is_left(tmp_path, monkeypatch, name, damage):
    runner = "onnx_runner" if name == "generator.onnx" else "saved_model_runner"
    real = getattr(parity, runner)

    def broken(path, signature):
        run = real(path, signature)
        return lambda inputs: damage(run(inputs))

    monkeypatch.setattr(parity, runner, broken)
    with pytest.raises(VerificationError, match=name):
        kgan.export.save(small_dcgan(), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_the_difference_and_the_tolerance_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "onnx_runner", lambda path, signature: lambda inputs: np.zeros((1, 1), np.float32))
    gan = linear_game()
    gan.generator.set_weights([np.float32([[0.0]]), np.float32([0.031])])
    expected = r"generator\.onnx and Keras outputs differ by 3\.1e-02 \(tolerance 1e-04\) at batch 1\. That is more"
    with pytest.raises(VerificationError, match=expected):
        kgan.export.save(gan, tmp_path / "bundle")


def test_an_earlier_bundle_stays_when_a_new_one_fails(tmp_path, monkeypatch):
    kgan.export.save(small_dcgan(), tmp_path / "bundle")
    before = (tmp_path / "bundle" / "generator.onnx").read_bytes()
    with pytest.raises(VerificationError):
        kgan.export.save(small_dcgan(), tmp_path / "bundle", atol=0.0)
    assert (tmp_path / "bundle" / "generator.onnx").read_bytes() == before


def test_the_licence_is_unknown_unless_it_is_stated_and_stands_in_both_cards(tmp_path):
    for licence, due in ((None, "unknown"), ("cc-by-4.0", "cc-by-4.0")):
        folder = kgan.export.save(linear_game(), tmp_path / due, formats=("onnx",), licence=licence)
        assert json.loads((folder / "card.json").read_text())["licence"] == due
        assert f"\nlicense: {due}\n" in (folder / "README.md").read_text()
        card.note(folder, evaluation={"date": "2026-01-01", "figures": []})
        assert f"\nlicense: {due}\n" in (folder / "README.md").read_text()
        assert ("The licence is `cc-by-4.0`; the rights" in (folder / "README.md").read_text()) == (licence is not None)


@pytest.mark.parametrize("licence", ["", "MIT Licence", "mit\nfoo: bar", 3])
def test_what_is_no_licence_is_refused_and_nothing_is_left(tmp_path, licence):
    with pytest.raises(ValueError, match="Expected licence as the Hub calls it"):
        kgan.export.save(linear_game(), tmp_path / "bundle", licence=licence)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_cards_takes_no_licence(tmp_path):
    with pytest.raises(ValueError, match=r"Expected a folder for licence='mit'\. Received: 'model\.onnx', a file"):
        kgan.export.save(linear_game(), tmp_path / "model.onnx", licence="mit")
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_bundle_is_replaced(tmp_path):
    kgan.export.save(small_dcgan(), tmp_path / "bundle")
    kgan.export.save(linear_game(), tmp_path / "bundle")
    assert sampler.Sampler(tmp_path / "bundle").sample_shape == (1,)


def test_what_someone_put_into_a_bundle_stays(tmp_path):
    bundle_folder = kgan.export.save(small_dcgan(), tmp_path / "bundle")
    (bundle_folder / "grid.png").write_bytes(b"mine")
    (bundle_folder / "notes").mkdir()
    (bundle_folder / "notes" / "a.txt").touch()
    kgan.export.save(linear_game(), bundle_folder)
    assert (bundle_folder / "grid.png").read_bytes() == b"mine"
    assert (bundle_folder / "notes" / "a.txt").is_file()
    assert "grid.png" not in json.loads((bundle_folder / "card.json").read_text())["sha256"]


def test_weights_that_are_not_finite_are_named_as_such(tmp_path):
    gan = linear_game()
    gan.generator.set_weights([np.float32([[np.nan]]), np.float32([0.0])])
    with pytest.raises(VerificationError, match="NaN or infinity from Keras itself.*Training has diverged"):
        kgan.export.save(gan, tmp_path / "bundle")


def test_samples_of_any_size_are_compared_relative_to_their_size(tmp_path):
    gan = linear_game(8, 8)
    gan.generator.set_weights([np.random.RandomState(0).randn(8, 8).astype(np.float32) * 1e5, np.zeros(8, np.float32)])
    kgan.export.save(gan, tmp_path / "bundle")


def test_an_onnx_file_that_onnxruntime_cannot_open_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise RuntimeError("no such operator")

    monkeypatch.setattr(parity.onnxruntime, "InferenceSession", refuse)
    with pytest.raises(ExportError, match="that onnxruntime can open. Received: no such operator"):
        kgan.export.save(small_dcgan(), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_the_checker_refuses_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise onnx.checker.ValidationError("bad node")

    monkeypatch.setattr(onnx.checker, "check_model", refuse)
    with pytest.raises(
        ExportError, match="Expected layers that ONNX can express. Received: .*no valid graph: bad node"
    ):
        kgan.export.save(small_dcgan(), tmp_path / "bundle")


@pytest.mark.parametrize("as_file", [False, True])
def test_something_else_in_the_way_is_left_alone(tmp_path, as_file):
    target = tmp_path / "bundle"
    if as_file:
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").touch()
    with pytest.raises(FileExistsError, match="missing, empty or an earlier bundle"):
        kgan.export.save(small_dcgan(), target)
    assert target.exists()
    assert as_file or (target / "mine").exists()


def test_vectors_are_exported_as_samples(tmp_path):
    gan = linear_game(2, 3, latents="uniform")
    kgan.export.save(gan, tmp_path / "bundle")
    assert session(tmp_path / "bundle").get_outputs()[0].name == "samples"
    drawn = sampler.Sampler(tmp_path / "bundle")
    assert drawn.value_range is None
    np.testing.assert_allclose(drawn.sample(5, seed=1), gan.generate(5, seed=1), atol=1e-5)


def test_a_loaded_model_is_exported_as_the_one_that_was_saved(tmp_path, exported):
    gan, _ = exported
    gan.save(tmp_path / "gan.keras")
    kgan.export.save(keras.models.load_model(tmp_path / "gan.keras"), tmp_path / "bundle")
    np.testing.assert_allclose(sampler.Sampler(tmp_path / "bundle").sample(3, 0), gan.generate(3, 0), atol=1e-5)


@keras.saving.register_keras_serializable("kgan_tests")
class SingularValues(keras.layers.Layer):
    """What no operator of ONNX computes."""

    def call(self, inputs):
        return tf.linalg.svd(inputs, compute_uv=False)


def test_what_onnx_cannot_express_is_named_and_nothing_is_left(tmp_path):
    generator = keras.Sequential([keras.Input((16,)), keras.layers.Reshape((4, 4)), SingularValues(name="singular")])
    discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(ExportError, match="operation Svd of the layer 'singular'"):
        kgan.export.save(kgan.GAN(generator, discriminator), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_bare_network_is_no_model_to_export(tmp_path):
    with pytest.raises(TypeError, match="Expected a model of a kind that kgan knows: GAN"):
        kgan.export.save(small_dcgan().generator, tmp_path / "bundle")


def test_the_bundle_survives_being_moved(tmp_path, exported):
    gan, folder = exported
    shutil.copytree(folder, tmp_path / "elsewhere")
    np.testing.assert_allclose(sampler.Sampler(tmp_path / "elsewhere").sample(2, 0), gan.generate(2, 0), atol=1e-4)


@pytest.mark.parametrize("averaged", [True, False])
def test_the_averaged_generator_is_exported_unless_told_otherwise(tmp_path, averaged):
    gan = linear_game(ema_half_life=100)
    gan.ema_generator.set_weights([np.float32([[0.0]]), np.float32([7.0])])
    gan.generator.set_weights([np.float32([[0.0]]), np.float32([3.0])])
    folder = kgan.export.save(gan, tmp_path / "bundle", averaged=averaged)
    np.testing.assert_array_equal(sampler.Sampler(folder).sample(2, seed=0), 7.0 if averaged else 3.0)
    np.testing.assert_array_equal(gan.generate(2, seed=0, averaged=averaged), 7.0 if averaged else 3.0)
    assert json.loads((folder / "card.json").read_text())["averaged_weights"] is averaged


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def mixed(request):
    keras.config.set_dtype_policy(request.param)
    try:
        yield request.param, small_dcgan(ema_half_life=10)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("still_set", [False, True])
def test_a_generator_of_mixed_precision_is_exported_in_float32(tmp_path, mixed, still_set):
    policy, gan = mixed
    if not still_set:
        keras.config.set_dtype_policy("float32")
    folder = kgan.export.save(gan, tmp_path / "bundle")
    assert keras.config.dtype_policy().name == (policy if still_set else "float32")
    keras.config.set_dtype_policy("float32")
    assert json.loads((folder / "card.json").read_text())["precision"] == ["float32"]
    model = onnx.load(folder / "generator.onnx")
    assert {tensor.data_type for tensor in model.graph.initializer} <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    assert not [node for node in model.graph.node if node.op_type == "Cast"]
    plain = small_dcgan()
    plain.generator.set_weights(gan.inference_generator.get_weights())
    np.testing.assert_allclose(sampler.Sampler(folder).sample(8, seed=0), plain.generate(8, seed=0), atol=1e-4)
    assert gan.generator.layers[1].compute_dtype != "float32"  # the one in training is left as it was


def test_float16_is_exported_when_asked_for(tmp_path, mixed):
    policy, gan = mixed
    if policy == "mixed_bfloat16":
        with pytest.raises(ExportError):  # onnxruntime has no bfloat16 convolution on a CPU
            kgan.export.save(gan, tmp_path / "bundle", precision="as_trained", atol=0.05)
        assert not (tmp_path / "bundle").exists()
        return
    folder = kgan.export.save(gan, tmp_path / "bundle", precision="as_trained", atol=0.05)
    assert "float16" in json.loads((folder / "card.json").read_text())["precision"]
    samples = sampler.Sampler(folder).sample(4, seed=0)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, gan.generate(4, seed=0), atol=0.05)


def test_an_unknown_precision_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match="Expected precision as 'float32', 'float16' or 'as_trained'. Received: precision='half'"
    ):
        kgan.export.save(linear_game(), tmp_path / "bundle", precision="half")


@keras.saving.register_keras_serializable("kgan_tests")
class HalfInside(keras.layers.Layer):
    """Takes its precision from nowhere but itself."""

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "dtype": "mixed_float16"})

    def call(self, inputs):
        return inputs * 2


def test_a_layer_that_keeps_its_own_precision_is_named(tmp_path):
    generator = keras.Sequential([keras.Input((1,)), HalfInside(name="half")])
    gan = kgan.GAN(generator, linear_game().discriminator)
    with pytest.raises(ValueError, match="Received: 'half', which computes in float16 all the same"):
        kgan.export.save(gan, tmp_path / "bundle")

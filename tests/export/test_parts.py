"""A StyleGAN's mapping and synthesis in files of their own, which make together what the whole makes."""

import json
import shutil

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

import kgan
from commands import kgan as command
from games import small_dcgan
from kgan.export import BundleError, VerificationError, parity
from kgan.export.portable.sampler import Sampler, SamplerError, run


def style_game(num_classes: int | None = 3) -> kgan.GAN:
    keras.utils.set_random_seed(0)
    conditions = {} if num_classes is None else {"num_classes": num_classes}
    generator = kgan.architectures.stylegan2_generator(
        (8, 8, 3), 6, width=3, max_width=5, mapping_layers=2, seed=0, **conditions
    )
    generator.get_layer("styles").mean.assign(np.linspace(-1.0, 1.0, generator.get_layer("styles").mean.shape[0]))
    critic = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    return kgan.GAN(generator, critic, num_classes=num_classes, seed=0)


@pytest.fixture(scope="module")
def gan():
    return style_game()


@pytest.fixture(scope="module")
def bundle(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts") / "bundle"
    return kgan.export.save(gan, folder, formats=("onnx_mapping", "onnx_synthesis"))  # with the whole: a slow test


def run_file(path, **inputs):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def test_the_mapping_gives_w_and_the_synthesis_takes_it(bundle):
    mapping = onnxruntime.InferenceSession(bundle / "mapping.onnx")
    synthesis = onnxruntime.InferenceSession(bundle / "synthesis.onnx")
    assert [one.name for one in mapping.get_inputs()] == ["latents", "labels"]
    assert [one.name for one in mapping.get_outputs()] == [one.name for one in synthesis.get_inputs()] == ["w"]
    assert [one.name for one in synthesis.get_outputs()] == ["images"]
    assert [one.name for one in mapping.get_overridable_initializers()] == ["truncation_psi"]
    assert [one.name for one in synthesis.get_overridable_initializers()] == ["noise"]


def test_w_is_that_of_the_network_s_own_mapping(gan, bundle):
    z, labels = gan.latents.draw(5, 6, 1), np.array([0, 1, 2, 0, 1])
    expected = np.asarray(gan.generator.get_layer("mapping")([z, labels]))
    np.testing.assert_allclose(run_file(bundle / "mapping.onnx", latents=z, labels=labels), expected, atol=1e-5)


@pytest.mark.parametrize("psi", [1.0, 0.5])
def test_both_together_make_the_images_of_the_whole(gan, bundle, psi):
    z, labels = gan.latents.draw(5, 6, 1), np.array([0, 1, 2, 0, 1])
    w = run_file(bundle / "mapping.onnx", latents=z, labels=labels, truncation_psi=np.float32([psi]))
    images = run_file(bundle / "synthesis.onnx", w=w)
    expected = gan.generate(5, seed=1, labels=labels, truncation_psi=psi)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(images, expected, atol=1e-4)


def test_noise_reaches_the_synthesis_as_it_reaches_the_whole(gan, bundle):
    z, labels = gan.latents.draw(2, 6, 1), np.array([0, 1])
    session = onnxruntime.InferenceSession(bundle / "synthesis.onnx")
    (noise,) = session.get_overridable_initializers()
    given = np.random.RandomState(0).standard_normal((2, noise.shape[1])).astype(np.float32)
    w = run_file(bundle / "mapping.onnx", latents=z, labels=labels)
    whole = kgan.architectures.StyleParts.of(gan.generator).images([z, labels], noise=given)
    np.testing.assert_allclose(run_file(bundle / "synthesis.onnx", w=w, noise=given), whole, atol=1e-4)


def test_a_class_out_of_range_is_no_class_of_the_mapping_and_never_the_last_or_the_first(bundle):
    z, labels = np.ones((6, 6), np.float32), np.array([-1, 3, 2**32, 0, 1, 2])
    none, *others, first, second, last = run_file(bundle / "mapping.onnx", latents=z, labels=labels)
    np.testing.assert_allclose(others, [none, none], atol=1e-6)
    assert min(np.abs(none - one).max() for one in (first, second, last)) > 1e-3


def test_the_card_says_what_each_takes_and_how_near_they_are_together(bundle):
    entries = json.loads((bundle / "card.json").read_text())["artefacts"]
    mapping, synthesis = entries["onnx_mapping"], entries["onnx_synthesis"]
    assert (mapping["file"], list(mapping["inputs"]), list(mapping["outputs"])) == (
        "mapping.onnx",
        ["latents", "labels"],
        ["w"],
    )
    assert (list(synthesis["inputs"]), list(synthesis["outputs"])) == (["w"], ["images"])
    assert 0.0 <= synthesis["largest_difference_together"] < 1e-4


def test_verify_runs_each_of_them_on_probes_of_its_own(bundle):
    found = kgan.export.verify(bundle)
    assert set(found.differences) == {"onnx_mapping", "onnx_synthesis"}
    assert max(found.differences.values()) < 1e-4


@pytest.mark.parametrize("name", ["mapping.onnx", "synthesis.onnx"])
def test_verify_finds_a_part_that_computes_otherwise(bundle, tmp_path, name):
    forged = shutil.copytree(bundle, tmp_path / "forged")
    model = onnx.load(forged / name)
    weight = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    values = onnx.numpy_helper.to_array(weight) * np.float32(1.5)
    weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    onnx.save(model, forged / name)
    card = json.loads((forged / "card.json").read_text())
    card["sha256"][name] = kgan.export.card.digest_of(forged / name)
    (forged / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match=f"Expected .*{name} to give what Keras gave"):
        kgan.export.verify(forged)


def test_a_part_that_the_card_does_not_list_is_refused(bundle, tmp_path):
    forged = shutil.copytree(bundle, tmp_path / "forged")
    card = json.loads((forged / "card.json").read_text())
    del card["artefacts"]["onnx_synthesis"], card["sha256"]["synthesis.onnx"]
    (forged / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match=r"synthesis.onnx"):
        kgan.export.verify(forged)


@pytest.mark.slow  # another export
def test_parts_that_do_not_compose_are_refused_though_each_is_right(gan, tmp_path, monkeypatch):
    real, count = parity.onnx_runner, []

    def turned(path, signature):
        count.append(path.name)
        run_it = real(path, signature)
        if path.name == "mapping.onnx" and "synthesis.onnx" in count:  # opened again, beside the other
            return lambda inputs: run_it(inputs)[:, ::-1]
        return run_it

    monkeypatch.setattr(parity, "onnx_runner", turned)
    with pytest.raises(VerificationError, match="mapping.onnx and synthesis.onnx and Keras outputs differ by"):
        kgan.export.save(gan, tmp_path / "bundle", formats=("onnx_mapping", "onnx_synthesis"))
    assert not (tmp_path / "bundle").exists()


# --- the sampler ---


def test_the_sampler_draws_w_and_from_w(gan, bundle, tmp_path):
    run(bundle / "mapping.onnx", tmp_path / "w.npy", count=70, seed=1, labels="2", truncation_psi=0.7)
    assert np.load(tmp_path / "w.npy").shape == (70, 6)
    run(bundle, tmp_path / "drawn.npy", w=tmp_path / "w.npy")
    expected = gan.generate(70, seed=1, labels=2, truncation_psi=0.7)
    np.testing.assert_allclose(np.load(tmp_path / "drawn.npy"), expected, atol=1e-4)
    drawn = np.concatenate(list(Sampler(bundle / "synthesis.onnx").of_latents(np.load(tmp_path / "w.npy"))))
    np.testing.assert_allclose(drawn, expected, atol=1e-4)


def test_the_command_does_so_too(bundle, tmp_path):
    w = tmp_path / "w.npy"
    done = command("sample", bundle / "mapping.onnx", "--count", 4, "--seed", 1, "--out", w)
    assert done.code == 0, done.err
    done = command("sample", bundle, "--w", w, "--out", tmp_path / "grid.png")
    assert (done.code, done.out.split()[:3]) == (0, ["4", "samples", "of"]), done.err


def test_w_and_what_comes_before_it_are_refused_together(bundle, tmp_path):
    np.save(tmp_path / "w.npy", np.zeros((2, 6), np.float32))
    for name, value in (("seed", 1), ("count", 2), ("truncation_psi", 0.5), ("labels", "0")):
        with pytest.raises(SamplerError, match=f"Expected w without {name}"):
            run(bundle, tmp_path / "grid.png", w=tmp_path / "w.npy", **{name: value})
    assert not (tmp_path / "grid.png").exists()


def test_a_bundle_without_a_synthesis_of_its_own_takes_no_w(bundle, tmp_path):
    bundle = shutil.copytree(bundle, tmp_path / "bundle")
    (bundle / "synthesis.onnx").unlink()
    np.save(tmp_path / "w.npy", np.zeros((2, 6), np.float32))
    with pytest.raises(SamplerError, match="Expected a bundle with synthesis.onnx"):
        run(bundle, tmp_path / "grid.png", w=tmp_path / "w.npy")


def test_a_synthesis_that_was_changed_is_refused(bundle, tmp_path):
    changed = shutil.copytree(bundle, tmp_path / "changed")
    with (changed / "synthesis.onnx").open("ab") as file:
        file.write(b"\0")
    np.save(tmp_path / "w.npy", np.zeros((2, 6), np.float32))
    with pytest.raises(BundleError, match="other content"):
        run(changed, tmp_path / "grid.png", w=tmp_path / "w.npy")


def test_a_synthesis_alone_says_that_it_draws_from_w(bundle, tmp_path):
    with pytest.raises(SamplerError, match="'w'"):
        run(bundle / "synthesis.onnx", tmp_path / "grid.png", count=2)


# --- what is refused ---


def test_a_generator_without_these_parts_is_refused_by_name_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="Expected a generator of styles for its mapping alone"):
        kgan.export.save(small_dcgan(), tmp_path / "bundle", parts=True, formats=("onnx",))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow  # another export
def test_parts_in_one_file_are_refused_and_one_part_in_one_file_is_written(gan, tmp_path):
    with pytest.raises(ValueError, match="Expected a folder for parts=True. Received: 'model.onnx'"):
        kgan.export.save(gan, tmp_path / "model.onnx", parts=True)
    path = kgan.export.save(gan, tmp_path / "w.onnx", formats=("onnx_mapping",))
    assert [one.name for one in onnxruntime.InferenceSession(path).get_outputs()] == ["w"]


@pytest.mark.slow  # another export
def test_parts_of_an_unconditional_generator_and_in_another_form(tmp_path):
    gan = style_game(num_classes=None)
    bundle = kgan.export.save(gan, tmp_path / "b", formats=("onnx",), parts=True, layout="nchw", pixels="uint8")
    assert set(kgan.export.verify(bundle).differences) == {"onnx", "onnx_mapping", "onnx_synthesis"}
    w = run_file(bundle / "mapping.onnx", latents=gan.latents.draw(2, 6, 1))
    images = run_file(bundle / "synthesis.onnx", w=w)
    assert (images.shape, images.dtype) == ((2, 3, 8, 8), np.uint8)
    drawn = (np.moveaxis(images, 1, -1) / 127.5 - 1.0).astype(np.float32)
    np.testing.assert_allclose(drawn, np.clip(gan.generate(2, seed=1), -1, 1), atol=1.01 / 127.5)

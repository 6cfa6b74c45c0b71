import numpy as np
import onnx
import pytest
from PIL import Image

import kgan
from blocked import run_blocked
from games import linear_game, small_dcgan
from kgan import latents, pictures
from kgan.export.portable import label_text, sampler
from strangers import tiny_onnx


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    gan = small_dcgan()
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("plain") / "bundle")


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    gan = small_dcgan(num_classes=10)
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("conditional") / "bundle")


def test_the_sampler_runs_as_a_file_where_kgan_and_tensorflow_are_blocked(plain, tmp_path):
    gan, bundle = plain
    for number in range(2):
        done = run_blocked(
            bundle / "sampler.py", "--count", 64, "--seed", 0, "--out", tmp_path / f"{number}.png", cwd=tmp_path
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
    with Image.open(tmp_path / "0.png") as grid:
        np.testing.assert_allclose(
            np.asarray(grid).astype(int), np.asarray(pictures.grid(gan.generate(64, seed=0))).astype(int), atol=1
        )


def test_the_blocked_process_really_blocks(tmp_path):
    (tmp_path / "script.py").write_text("import tensorflow")
    done = run_blocked(tmp_path / "script.py", cwd=tmp_path)
    assert "tensorflow is blocked" in done.stderr


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
def test_latents_are_drawn_as_kgan_draws_them(name):
    distribution = latents.get(name)
    dim = getattr(distribution, "latent_dim", 5)
    mine = sampler.draw_latents(name, 700, dim, 3, distribution.get_config())
    np.testing.assert_array_equal(mine, distribution.draw(700, dim, 3))


def test_labels_choose_the_classes(conditional, tmp_path):
    gan, bundle = conditional
    drawn = sampler.Sampler(bundle)
    np.testing.assert_allclose(drawn.sample(4, 0, labels=7), gan.generate(4, 0, labels=7), atol=1e-4)
    assert (
        sampler.main(
            ["--model", str(bundle), "--count", "4", "--seed", "0", "--labels", "1,2", "--out", str(tmp_path / "a.npy")]
        )
        == 0
    )
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), gan.generate(4, 0, labels=[1, 2, 1, 2]), atol=1e-4)
    sampler.sample_to_file(bundle, 3, 0, tmp_path / "b.npy", labels=[5])
    np.testing.assert_allclose(np.load(tmp_path / "b.npy"), gan.generate(3, 0, labels=5), atol=1e-4)


def test_the_grid_of_a_conditional_generator_has_a_column_for_each_class(conditional, tmp_path):
    sampler.sample_to_file(conditional[1], 30, 0, tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (10 * 64, 14 + 3 * 64)
        assert [np.asarray(grid)[:14, 64 * column :][:, :64].min() < 128 for column in range(10)] == [True] * 10


def test_the_sampler_s_grid_equals_kgan_s():
    names = [pictures.title(number, ["Übung", "a name much too long for it", "日本"]) for number in range(3)]
    assert names == [label_text.title(number, ["Übung", "a name much too long for it", "日本"]) for number in range(3)]
    assert names == ["Ubung", "a name much too long for it", "#2"]
    for channels in (1, 3, 4):
        images = np.random.RandomState(0).uniform(-1.1, 1.1, (7, 9, 11, channels)).astype(np.float32)
        for arguments in ({"columns": 3}, {"columns": 3, "names": names}, {}):
            mine, theirs = sampler.grid(images, **arguments), pictures.grid(images, **arguments)
            np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".npy"])
def test_every_format_is_written_whole(plain, tmp_path, suffix):
    out = tmp_path / "new" / f"samples{suffix}"
    sampler.sample_to_file(plain[1], 4, 0, out)
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    if suffix != ".npy":
        with Image.open(out) as picture:
            assert picture.size == (128, 128)


def test_samples_that_are_no_images_are_written_as_an_array(tmp_path):
    bundle = kgan.export.save(linear_game(2, 3), tmp_path / "bundle")
    sampler.sample_to_file(bundle, 4, 0, tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (4, 3)
    with pytest.raises(sampler.SamplerError, match=r"\.npy, \.npz, \.zip \(these samples are no images\)"):
        sampler.sample_to_file(bundle, 4, 0, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "Expected count >= 1, a whole number. Received: count=0"),
        (["--count", str(10**12)], "Expected count for which 16 GiB of memory suffice, at most"),
        (["--seed", "-1"], "Expected seed between 0 and 4294967295"),
        (["--labels", "3"], "this generator takes none"),
        (["--labels", "three"], "this generator takes none"),
        (["--out", "grid.txt"], "Expected out to end in .npy, .npz, .zip, .png"),
    ],
)
def test_bad_arguments_are_told_in_one_line(plain, tmp_path, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert sampler.main(["--model", str(plain[1]), "--out", "grid.png", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (10, "between 0 and 9"),
        ([1, 2, 3], "one label or 2 of them"),
        (2**32, "between 0 and 9. Received: 4294967296 to 4294967296"),
        (-(2**40), "between 0 and 9. Received: -1099511627776"),
        (2**64 - 1, "between 0 and 9. Received: 18446744073709551615"),
        ([2**70, 0], "between 0 and 9. Received: 0 to 1180591620717411303424"),
        (1e30, "between 0 and 9. Received: 1e[+]30"),
        (float("nan"), "between 0 and 9. Received: nan"),
        (float("-inf"), "between 0 and 9. Received: -inf"),
        (1.5, "as whole numbers. Received: 1.5"),
        (True, "as whole numbers. Received: True"),
        ([None, 0], "as whole numbers. Received: "),
        ([[1], [1, 2]], "as whole numbers. Received: "),
        (1j, "as whole numbers. Received: 1j"),
    ],
)
def test_labels_out_of_range_are_refused(conditional, labels, message):
    with pytest.raises(sampler.SamplerError, match=message):
        sampler.Sampler(conditional[1]).sample(2, labels=labels)


def foreign_onnx(path):
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "g",
        [value],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9), path)


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "foreign"])
def test_a_file_that_is_no_kgan_export_is_named(tmp_path, capsys, kind):
    path = tmp_path / "generator.onnx"
    if kind == "text":
        path.write_text("no model")
    elif kind == "foreign":
        foreign_onnx(path)
    model = tmp_path if kind == "folder" else path
    assert sampler.main(["--model", str(model), "--out", str(tmp_path / "grid.png")]) == 2
    error = capsys.readouterr().err
    assert f"Expected a generator.onnx that kgan exported. Received: {path}" in error
    expected = {
        "missing": "does not exist",
        "folder": "does not exist",
        "text": "onnxruntime cannot open",
        "foreign": "without kgan's metadata",
    }
    assert expected[kind] in error


def test_of_a_distribution_of_the_user_s_own_latents_come_from_a_file(tmp_path):
    tiny_onnx(tmp_path / "g.onnx", latent_distribution="cauchy")
    with pytest.raises(sampler.SamplerError, match=r"does not know. Draw them yourself: latents='z\.npy', or Sampler"):
        sampler.run(tmp_path / "g.onnx", tmp_path / "a.npy", count=2)
    np.save(tmp_path / "z.npy", np.float32([[1, 2], [3, 4]]))
    sampler.run(tmp_path / "g.onnx", tmp_path / "a.npy", latents=tmp_path / "z.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), [[2, 4], [6, 8]])


def test_an_unknown_distribution_is_refused():
    with pytest.raises(sampler.SamplerError, match="Expected latents from one of: normal, uniform"):
        sampler.draw_latents("cauchy", 1, 1, 0)


def tagged_gan():
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=5, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=5, seed=1),
        seed=0,
    )


def test_tags_are_drawn_as_keras_draws_them(tmp_path):
    gan = tagged_gan()
    bundle = kgan.export.save(gan, tmp_path / "bundle")
    mine = sampler.Sampler(bundle)
    assert mine.session.get_inputs()[1].name == "labels"
    assert mine.session.get_inputs()[1].shape == ["batch", 5]
    rows = np.random.RandomState(0).randint(0, 2, (7, 5))
    for labels in (None, rows, rows[0]):
        np.testing.assert_allclose(mine.sample(7, 1, labels), gan.generate(7, seed=1, labels=labels), atol=1e-4)
    drawn = sampler.sample_to_file(bundle, 4, 0, tmp_path / "a.npy", sampler.parse_labels("0+3,2"))
    expected = gan.generate(4, seed=0, labels=[[1, 0, 0, 1, 0], [0, 0, 1, 0, 0]] * 2)
    np.testing.assert_allclose(drawn, expected, atol=1e-4)
    with pytest.raises(sampler.SamplerError, match="Expected tags between 0 and 4"):
        sampler.sample_to_file(bundle, 4, 0, tmp_path / "a.npy", sampler.parse_labels("5"))
    with pytest.raises(sampler.SamplerError, match="Expected tags of 0 and 1, 5 of them or 4 rows"):
        mine.sample(4, 0, np.full((4, 5), 2))


def test_classes_cannot_be_joined(conditional, tmp_path):
    with pytest.raises(sampler.SamplerError, match="Expected one class for each sample"):
        sampler.sample_to_file(conditional[1], 4, 0, tmp_path / "a.npy", sampler.parse_labels("0+3"))


@pytest.mark.parametrize("psi", [0.0, 0.7])
def test_truncation_is_the_same_as_in_keras(plain, psi):
    gan, bundle = plain
    mine = sampler.Sampler(bundle)
    np.testing.assert_allclose(
        mine.sample(5, 0, truncation_psi=psi), gan.generate(5, seed=0, truncation_psi=psi), atol=1e-4
    )
    assert not np.allclose(mine.sample(5, 0, truncation_psi=psi), mine.sample(5, 0))
    with pytest.raises(sampler.SamplerError, match=r"Expected truncation_psi in \[0, 2\]"):
        mine.sample(5, 0, truncation_psi=-1.0)


@pytest.mark.parametrize(
    "distribution", [latents.TruncatedNormal(0.7), latents.Coded(noise=2, categorical=(3,), continuous=1)]
)
def test_every_distribution_is_drawn_from_an_export_as_keras_draws_it(tmp_path, distribution):
    gan = linear_game(latent_dim=6, latents=distribution)
    mine = sampler.Sampler(kgan.export.save(gan, tmp_path / "bundle"))
    for psi in (1.0, 0.5):
        np.testing.assert_allclose(
            mine.sample(9, 3, truncation_psi=psi), gan.generate(9, seed=3, truncation_psi=psi), atol=1e-5
        )

"""Films, truncation and sliders of a bundle, against those of Keras."""

import json
import shutil

import numpy as np
import onnx
import pytest
from PIL import Image

import kgan
from blocked import run_blocked
from games import small_dcgan
from kgan import latent_tools
from kgan.export.portable import latents, sampler


@pytest.fixture(scope="module", params=[None, 3], ids=["plain", "conditional"])
def exported(request, tmp_path_factory):
    gan = small_dcgan(request.param)
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("export") / "bundle")


def same(picture, other):
    """Whether two pictures differ by rounding alone."""
    one, two = (np.asarray(each.convert("RGB"), np.int32) for each in (picture, other))
    assert one.shape == two.shape
    assert np.abs(one - two).max() <= 1


def test_a_film_is_that_of_keras(exported):
    gan, bundle = exported
    expected = latent_tools.walk(gan, keys=2, steps=3, count=4, seed=5, truncation_psi=0.8)
    for one, other in zip(
        latents.film(sampler.Sampler(bundle), 2, 3, 4, seed=5, truncation_psi=0.8), expected, strict=True
    ):
        same(one, other)


def test_grids_of_truncation_and_sliders_are_those_of_keras(exported):
    gan, bundle = exported
    opened = sampler.Sampler(bundle)
    same(latents.truncation_grid(opened, 3, seed=1), latent_tools.truncation_grid(gan, 3, seed=1))
    found = latent_tools.sefa(gan, 4)  # latents have 4 numbers, the bundle at most 5 directions
    assert list(opened.directions) == list(found.names)
    np.testing.assert_allclose(list(opened.directions.values()), found.vectors, atol=1e-6)
    same(latents.slider_grid(opened, seed=2), latent_tools.slider_grid(gan, found, seed=2))


def test_sliders_move_latents_as_in_keras(exported):
    gan, bundle = exported
    opened = sampler.Sampler(bundle)
    z = opened.latents(2, seed=3)
    moved = latents.slid(z, opened.directions, direction_1=1.5, direction_2=-1.0)
    expected = latent_tools.sefa(gan, 4).moved(z, direction_1=1.5, direction_2=-1.0)
    np.testing.assert_allclose(moved, expected, atol=1e-5)
    drawn = np.concatenate(list(opened.of_latents(moved)))
    np.testing.assert_allclose(drawn, latent_tools.space_of(gan).samples(moved), atol=1e-4)
    with pytest.raises(sampler.SamplerError, match="Expected a direction of direction_1, .*Received: smile"):
        latents.slid(z, opened.directions, smile=1.0)


def test_named_sliders_of_a_file_take_the_place_of_the_bundle_s(exported, tmp_path):
    gan, bundle = exported
    found = latent_tools.sefa(gan, 2).renamed(["thick", "slant"])
    found.save(tmp_path / "named.json")
    said = latents.run(bundle, "sliders", tmp_path / "x.png", seed=4, directions=tmp_path / "named.json")
    assert said == f"thick, slant from -3 to 3, of a sample of seed 4, in {tmp_path / 'x.png'}"
    with Image.open(tmp_path / "x.png") as picture:
        same(picture, latent_tools.slider_grid(gan, found, seed=4))


def test_the_program_of_the_bundle_needs_neither_kgan_nor_tensorflow(exported, tmp_path):
    _, bundle = exported
    shutil.copytree(bundle, tmp_path / "sent")
    done = run_blocked(
        "latents.py", "film", "--seed", 1, "--keys", 2, "--steps", 2, "--out", "f.gif", cwd=tmp_path / "sent"
    )
    assert (done.returncode, done.stdout) == (0, "4 frames of seed 1 in f.gif\n"), done.stderr
    with Image.open(tmp_path / "sent" / "f.gif") as film:
        assert film.n_frames == 4
    done = run_blocked("latents.py", "truncation", "--keys", 2, "--out", "t.png", cwd=tmp_path / "sent")
    assert (done.returncode, "Expected no --keys with truncation" in done.stderr) == (2, True)
    done = run_blocked("latents.py", "sliders", "--out", "t.gif", "--labels", "99", cwd=tmp_path / "sent")
    assert (done.returncode, done.stderr.startswith("error: Expected")) == (2, True)


def with_directions(bundle, folder, text):
    """The ONNX file with other directions in its metadata; `None` takes them out."""
    model = onnx.load(bundle / "generator.onnx")
    kept = [entry for entry in model.metadata_props if entry.key != "kgan_directions"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    if text is not None:
        model.metadata_props.add(key="kgan_directions", value=text)
    onnx.save(model, folder / "other.onnx")
    return folder / "other.onnx"


@pytest.mark.parametrize("text", ["null", None], ids=["without", "of_an_earlier_kgan"])
def test_an_export_without_directions_says_how_to_get_some(exported, tmp_path, text):
    _, bundle = exported
    opened = sampler.Sampler(with_directions(bundle, tmp_path, text))
    with pytest.raises(sampler.SamplerError, match="Expected an export with directions.*--directions FILE"):
        latents.slider_grid(opened)


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"a": 1}', '{"a": [1, 2]}', '{"a": [1, 2, 3, "x"]}', '{"a": [1, 2, 3, NaN]}', "{", "[" * 5000],
)
def test_forged_directions_are_refused(exported, tmp_path, text):
    _, bundle = exported
    with pytest.raises(sampler.SamplerError):
        sampler.Sampler(with_directions(bundle, tmp_path, text))


def test_files_that_are_no_directions_are_refused(exported, tmp_path):
    path = tmp_path / "x.json"
    for content in ("", "[]", json.dumps({"names": ["a"], "vectors": [[1.0]], "space": "w", "slopes": []})):
        path.write_text(content)
        with pytest.raises(sampler.SamplerError, match="Expected directions as kgan writes them"):
            latents.read_directions(path)
    path.write_text(json.dumps({"names": ["a"], "vectors": [[1.0]], "space": "z", "slopes": []}))
    with pytest.raises(sampler.SamplerError, match="Expected directions of size 4, as the latents. Received: 1"):
        latents.run(exported[1], "sliders", tmp_path / "x.png", directions=path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda opened: latents.film(opened, keys=1), "Expected keys >= 2"),
        (lambda opened: latents.film(opened, steps=0), "Expected steps >= 1"),
        (lambda opened: latents.film(opened, count=10**9), "Expected a picture of at most"),
        (lambda opened: latents.truncation_grid(opened, psis=(3.0,)), r"truncation_psi in \[0, 2\]"),
        (lambda opened: opened.of_latents(np.zeros((2, 3))), r"Expected latents of shape \(count, 4\)"),
        (lambda opened: latents.save_film([], "x.png"), r"end in \.gif"),
    ],
)
def test_what_cannot_be_drawn_is_refused(exported, call, message):
    with pytest.raises(sampler.SamplerError, match=message):
        call(sampler.Sampler(exported[1]))


def test_the_file_has_the_directions_of_the_generator_that_it_holds(tmp_path):
    gan = small_dcgan(ema_half_life=1000)
    kernel = gan.generator.get_layer("dense").kernel
    gan.generator.get_layer("dense").kernel.assign(np.random.RandomState(7).normal(size=kernel.shape))
    found = {}
    for averaged in (True, False):
        file = kgan.export.save(gan, tmp_path / f"{averaged}.onnx", averaged=averaged)
        found[averaged] = np.array(list(sampler.Sampler(file).directions.values()))
        expected = latent_tools.sefa(gan, 4, averaged=averaged).vectors
        np.testing.assert_allclose(found[averaged], expected, atol=1e-6)
    assert np.abs(found[True] - found[False]).max() > 0.1


def test_of_a_stylegan_films_go_through_z_as_those_of_keras_when_told_and_truncation_through_w(tmp_path):
    architectures = kgan.architectures
    generator = architectures.stylegan2_generator((8, 8, 3), 6, width=3, max_width=5, mapping_layers=2, seed=0)
    architectures.StyleParts.of(generator).styles.mean.assign(np.linspace(-0.5, 0.5, 6))  # as after training
    discriminator = architectures.stylegan2_discriminator((8, 8, 3), 3, max_width=5, mapping_layers=2, seed=1)
    gan = kgan.GAN(generator, discriminator, seed=0)
    opened = sampler.Sampler(kgan.export.save(gan, tmp_path / "g.onnx"))
    frames = latent_tools.walk(gan, keys=2, steps=2, count=2, seed=5, space="z")
    for one, other in zip(latents.film(opened, 2, 2, 2, seed=5), frames, strict=True):
        same(one, other)
    same(latents.truncation_grid(opened, 2, seed=1), latent_tools.truncation_grid(gan, 2, seed=1))
    assert opened.directions is None  # they lie in w
    found = latent_tools.sefa(gan, 5)
    assert list(opened.style_directions) == list(found.names)
    same(latents.slider_grid(opened, seed=2), latent_tools.slider_grid(gan, found, seed=2))
    found.renamed(list("abcde")).save(tmp_path / "named.json")
    latents.run(opened, "sliders", tmp_path / "x.png", seed=2, directions=tmp_path / "named.json")
    with Image.open(tmp_path / "x.png") as picture:
        same(picture, latent_tools.slider_grid(gan, found.renamed(list("abcde")), seed=2))
    z = opened.latents(70, seed=3)
    offset = np.random.RandomState(0).standard_normal((70, 6)).astype(np.float32)
    together = np.concatenate(list(opened.of_latents(z, style_offset=offset)))
    alone = np.concatenate(list(opened.of_latents(z[64:], style_offset=offset[64:])))
    np.testing.assert_allclose(together[64:], alone, atol=1e-5)
    with pytest.raises(sampler.SamplerError, match=r"Expected style_offset of shape \(70, 6\). Received: \(3, 6\)"):
        opened.of_latents(z, style_offset=offset[:3])


def test_a_network_without_styles_takes_no_offset_of_them(exported):
    opened = sampler.Sampler(exported[1])
    with pytest.raises(sampler.SamplerError, match="Expected no style_offset, because this network has no styles"):
        opened.of_latents(opened.latents(2), style_offset=np.zeros((2, 6)))


def test_several_labels_are_refused_where_one_sample_is_drawn(exported, tmp_path):
    gan, bundle = exported
    several = "the label of one sample for sliders. Received: labels=2,1. Name one."
    with pytest.raises(sampler.SamplerError, match=several if gan.num_classes else "labels"):
        latents.run(bundle, "sliders", tmp_path / "a.png", 1, "2,1")
    assert list(tmp_path.iterdir()) == []

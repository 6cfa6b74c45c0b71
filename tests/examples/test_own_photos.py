"""The example on a folder of one's own photographs: it trains what is chosen for them, and onnxruntime draws."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kgan

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = {
    "generator_width": "8",
    "discriminator_width": "8",
    "latent_dim": "8",
    "features": "pixels",
}


@pytest.fixture
def own_photos():
    spec = importlib.util.spec_from_file_location("own_photos", EXAMPLES / "own_photos.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(40):
        pixels = Image.fromarray(random.integers(0, 256, (3, 4, 3), np.uint8)).resize((40 + number, 30))
        pixels.save(folder / f"{number:03d}.{'jpg' if number % 2 else 'png'}")
    return folder


def test_own_photos_trains_what_is_chosen_and_onnx_draws_the_samples(own_photos, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "cache"))
    run = own_photos.main(str(photos), str(tmp_path / "out"), epochs=1, image_size=16, settings=SMALL)
    said = capsys.readouterr().out
    assert "40 pictures in colour" in said  # what was picked, and why
    assert "recipe pictures" in said
    assert run.plan.recipe.name == "pictures"
    assert run.exported == run.chosen().to_dict()
    with Image.open(run.folder / "from-onnx.png") as picture:
        assert picture.size[0] == picture.size[1] > 0
    images = own_photos.drawn_by_onnx(run.export / "generator.onnx", 3, seed=5)
    latents = np.random.default_rng(5).standard_normal((3, 8), dtype=np.float32)
    np.testing.assert_allclose(images, run.load_exported().predict(latents, verbose=0), atol=1e-4)


def test_onnx_draws_classes_and_tags_in_turn(own_photos, tmp_path):
    for kind, draw in (("num_classes", [0, 1, 2, 0]), ("num_tags", [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])):
        gan = kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, **{kind: 3}),
            kgan.architectures.dcgan_discriminator((8, 8, 1), width=4, **{kind: 3}),
            num_classes=3 if kind == "num_classes" else None,
        )
        path = kgan.export.save(gan, tmp_path / f"{kind}.onnx")
        latents = np.random.default_rng(0).standard_normal((4, 4), dtype=np.float32)
        expected = gan.generator([latents, np.array(draw, np.int32 if kind == "num_classes" else np.float32)])
        np.testing.assert_allclose(own_photos.drawn_by_onnx(path, 4), expected, atol=1e-5)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_written(own_photos, tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        own_photos.main(str(tmp_path / "nowhere"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()

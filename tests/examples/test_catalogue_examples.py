"""The examples on tensorflow-datasets, on the real builders with random pictures: nothing is downloaded.

The builders prepare what they are given here, by their own code and to their own feature specifications.
"""

import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from kgan.data import load

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.filterwarnings(
    # tensorflow-datasets reads the event loop the old way, and leaves files for the collector to close
    "ignore:There is no current event loop:DeprecationWarning",
    "ignore:unclosed file:ResourceWarning",
)


def module(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def prepared(name, folder, records):
    """Prepares the builder of that name in the folder; `records(count)` are its examples."""

    def splits(self, dl_manager):
        return {"train": enumerate(records(12)), "validation": enumerate(records(6))}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.builder_cls(name.partition("/")[0]), "_split_generators", splits)
        tfds.disable_progress_bar()
        tfds.builder(name, data_dir=folder).download_and_prepare()
    return str(folder)


# --- LSUN ---


def bedrooms(count):
    """Blurred noise of LSUN's sizes: the shorter side has 256 pixels there, fewer here."""
    random = np.random.default_rng(count)
    for number in range(count):
        noise = Image.fromarray(random.integers(0, 256, (4, 6, 3), np.uint8))
        yield {"id": f"{number:040x}", "image": np.asarray(noise.resize((60 + number, 40)))}


@pytest.mark.slow
def test_lsun_bedroom_trains_on_the_builders_pictures_of_all_sizes_and_exports(tmp_path, capsys):
    data_dir = prepared("lsun/bedroom", tmp_path / "tfds", bedrooms)
    lsun = module("lsun_bedroom")
    out = tmp_path / "out"
    gan = lsun.main(image_size=16, width=8, batch_size=6, out=str(out), data_dir=data_dir)
    assert int(gan.steps) == 2
    assert gan.generate(2, seed=0).shape == (2, 16, 16, 3)
    assert np.isfinite(gan.generate(2, seed=0)).all()
    assert "Found 18 images" in capsys.readouterr().out
    assert {"samples", "samples.png", "film.gif", "export"} <= {path.name for path in out.iterdir()}
    assert load("tfds:lsun/bedroom/train[:8]", 2, image_size=16, data_dir=data_dir).count == 7  # one is held out
    with Image.open(out / "film.gif") as film:
        assert film.n_frames > 1
    assert (out / "export" / "generator.onnx").is_file()


# --- CelebA ---


def faces(count):
    """Grey faces as large as CelebA's: number n has the first n attributes of `tfds` and the grey value n."""
    features = tfds.builder("celeb_a").info.features
    for number in range(count):
        yield {
            "image": np.full(features["image"].shape, 10 * number, np.uint8),
            "attributes": {name: number > place for place, name in enumerate(sorted(features["attributes"]))},
            "landmarks": dict.fromkeys(features["landmarks"], 0),
            "identity": dict.fromkeys(features["identity"], 0),
        }


@pytest.fixture(scope="module")
def celeba_dir(tmp_path_factory):
    return prepared("celeb_a", tmp_path_factory.mktemp("tfds"), faces)


def test_the_tags_of_celeba_are_its_40_attributes_each_beside_its_own_face(celeba_dir):
    celeba = module("celeba")
    builder = tfds.builder("celeb_a", data_dir=celeba_dir)
    names = celeba.tag_names(builder.info)
    assert len(names) == 40
    assert {wanted for tags in celeba.SHOWN.values() for wanted in tags} <= set(names)
    seen = celeba.batches(builder.as_dataset(split="train"), names, 16, 5, shuffled=False)
    images, tags = (np.concatenate([batch[part] for batch in seen.as_numpy_iterator()]) for part in (0, 1))
    assert (images.shape, images.dtype, tags.shape, tags.dtype) == ((12, 16, 16, 3), np.uint8, (12, 40), np.float32)
    for image, row in zip(images, tags, strict=True):
        number = int(row.sum())
        np.testing.assert_array_equal(row, np.arange(40) < number)
        np.testing.assert_allclose(image, 10.0 * number, atol=3)  # JPEG
    assert sorted(tags.sum(axis=1)) == list(range(12))


@pytest.mark.slow
def test_celeba_trains_with_tags_and_draws_one_z_with_several_attributes(celeba_dir, tmp_path):
    celeba = module("celeba")
    out = tmp_path / "out"
    gan = celeba.main(size=16, width=8, batch_size=6, epochs=1, out=str(out), data_dir=celeba_dir)
    assert int(gan.steps) == 2
    drawn = celeba.columns(gan, rows=2)
    assert drawn.shape == (2 * len(celeba.SHOWN), 16, 16, 3)
    smile = gan.generate(2, seed=0, labels=["Smiling"])
    np.testing.assert_allclose(drawn[1 :: len(celeba.SHOWN)], smile, atol=1e-5)
    assert (out / "attributes.png").is_file()
    card = json.loads((out / "export" / "card.json").read_text("utf-8"))
    assert "Eyeglasses" in json.dumps(card)


def test_shuffled_faces_come_in_whole_batches(celeba_dir):
    celeba = module("celeba")
    builder = tfds.builder("celeb_a", data_dir=celeba_dir)
    seen = celeba.batches(builder.as_dataset(split="train"), celeba.tag_names(builder.info), 8, 5, shuffled=True)
    assert [len(images) for images, _ in seen] == [5, 5]


def test_the_networks_of_celeba_take_its_40_tags_at_64_pixels():
    gan = module("celeba").build([f"tag {number}" for number in range(40)], size=64, width=8)
    assert isinstance(gan.generator, keras.Model)
    assert (gan.num_tags, gan.generator.output_shape) == (40, (None, 64, 64, 3))

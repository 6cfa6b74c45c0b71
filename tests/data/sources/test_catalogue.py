"""tensorflow-datasets on the real Fashion-MNIST, offline: its files come with a Debian package."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download import downloader
from tensorflow_datasets.image_classification import mnist

from kgan.data import DataError, load

FASHION = Path("/usr/share/datasets/fashion-mnist")

pytestmark = pytest.mark.filterwarnings(
    # tensorflow-datasets reads the event loop the old way, and leaves files for the collector to close
    "ignore:There is no current event loop:DeprecationWarning",
    "ignore:unclosed file:ResourceWarning",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    if not FASHION.is_dir():
        pytest.skip(f"needs the Debian package dataset-fashion-mnist, whose files lie in {FASHION}")
    folder = tmp_path_factory.mktemp("tfds")
    original, mnist.FashionMNIST.URL = mnist.FashionMNIST.URL, f"{FASHION.as_uri()}/"
    tfds.disable_progress_bar()
    load("tfds:fashion_mnist", data_dir=folder)
    mnist.FashionMNIST.URL = original
    return folder


@pytest.mark.slow
def test_fashion_mnist_comes_with_its_own_test_split(prepared):
    splits = load("tfds:fashion_mnist", batch_size=100, data_dir=prepared)
    assert splits.count == 60_000
    assert splits.class_names[8] == "Bag"
    images, labels = next(iter(splits.train))
    assert (images.shape, images.dtype.name, labels.dtype.name) == ((100, 28, 28, 1), "uint8", "int32")
    assert images.numpy().mean() == pytest.approx(72.9, abs=8)  # the published mean of Fashion-MNIST, 0.2860 * 255
    assert sum(len(images) for images, _ in splits.validation) == 10_000


@pytest.mark.slow
def test_a_split_by_name_holds_out_a_part_of_itself(prepared):
    splits = load("tfds:fashion_mnist/test[:1000]", batch_size=50, data_dir=prepared)
    assert splits.count == 900
    train, validation = (np.concatenate([images for images, _ in part]) for part in splits)
    assert (len(train), len(validation)) == (900, 100)
    assert len({image.tobytes() for image in np.concatenate([train, validation])}) >= 999


@pytest.mark.slow
def test_images_are_resized(prepared):
    splits = load("tfds:fashion_mnist/test[:100]", batch_size=10, image_size=32, data_dir=prepared)
    assert splits.sample_shape == (32, 32, 1)
    assert next(iter(splits.train))[0].shape == (10, 32, 32, 1)


@pytest.mark.slow
def test_an_unknown_split_is_named(prepared):
    with pytest.raises(DataError, match=r"Expected a split of fashion_mnist: train, test\. Received: 'trian'\. Did"):
        load("tfds:fashion_mnist/trian", data_dir=prepared)


@pytest.mark.parametrize("name", ["fashion_mnis", "fashion_mnis/train"])
def test_an_unknown_name_is_refused_with_the_nearest(name, tmp_path):
    with pytest.raises(DataError, match=rf"Received: '{name}'\. Did you mean 'fashion_mnist'\?"):
        load(f"tfds:{name}", data_dir=tmp_path)


def test_no_network_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(downloader, "MAX_RETRIES", 0, raising=True)
    monkeypatch.setattr(mnist.MNIST, "URL", "http://127.0.0.1:9/")  # nothing listens there
    with pytest.raises(DataError, match="Expected a network connection to download mnist.*Connect once"):
        load("tfds:mnist", data_dir=tmp_path)


def test_a_package_that_a_data_set_is_read_with_and_is_missing_is_named(tmp_path, monkeypatch):
    def without_tensorflow_io(self, **_):
        raise ModuleNotFoundError("No module named 'tensorflow_io'")

    monkeypatch.setattr(mnist.MNIST, "download_and_prepare", without_tensorflow_io)
    with pytest.raises(DataError, match=r"packages that tensorflow-datasets reads mnist with.*tensorflow_io.*with pip"):
        load("tfds:mnist", data_dir=tmp_path)

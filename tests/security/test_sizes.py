"""Slips of the keyboard: sizes that no memory holds are refused before anything is allocated."""

import numpy as np
import pytest
from PIL import Image

import kgan
import kgan_cli as cli
from games import small_dcgan
from kgan import data, pictures
from kgan._support import limits
from kgan.export.portable import bundle_file, sampler
from strangers import tiny_onnx


def test_programs_of_bundles_carry_the_same_limits():
    assert bundle_file.MOST_BYTES == limits.MOST_BYTES
    assert bundle_file.MOST_PIXELS == limits.MOST_PIXELS == Image.MAX_IMAGE_PIXELS
    assert bundle_file.LARGEST_CARD == limits.MOST_DOCUMENT_BYTES


@pytest.mark.parametrize("n", [10**12, 10**40])
def test_more_samples_than_memory_holds_are_refused(n):
    gan = small_dcgan()
    with pytest.raises(ValueError, match=r"Expected n for which 16 GiB .*n=10.* takes .*GiB\. Draw them in several"):
        gan.generate(n)
    with pytest.raises(ValueError, match="Expected n for which 16 GiB"):
        gan.generate_in_batches(n)


def test_what_just_fits_is_not_refused(tmp_path):
    drawn = sampler.Sampler(tiny_onnx(tmp_path / "generator.onnx"))
    fits = 16 * 2**30 // (4 * (3 * 2 + 2 + 2 * 2))  # latents three times, labels, samples twice
    drawn.check_count(fits)
    with pytest.raises(sampler.SamplerError, match=f"at most {fits:,} of these samples. Received: count={fits + 1}"):
        drawn.check_count(fits + 1)


def test_a_grid_that_nobody_could_open_is_refused_before_it_is_drawn(tmp_path):
    bundle = kgan.export.save(small_dcgan(), tmp_path / "bundle")
    with pytest.raises(sampler.SamplerError, match=r"Expected a picture of at most 89,478,485 pixels.*\.npy file"):
        sampler.sample_to_file(bundle, 10**7, 0, tmp_path / "grid.png")
    with pytest.raises(ValueError, match=r"Expected a picture of at most 89,478,485 pixels.*\.npy file"):
        pictures.grid(np.broadcast_to(np.uint8(0), (10**7, 8, 8, 1)))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "bundle", "--count", 10**12, "--out", "a.png"], "Expected --count for which 16 GiB"),
        (
            ["sample", "bundle", "--count", 10**13, "--out", "a.npy"],
            "Expected --count of samples that the disk has room",
        ),
        (["sample", "bundle", "--count", 10**13, "--each", "a"], "Expected --count of samples that the disk has room"),
        (["sample", "bundle", "--count", 10**7, "--out", "a.png"], "Expected a picture of at most"),
        (["augment-preview", "digits", "--rows", 10**12, "--out", "a.png"], "Expected --rows for which 16 GiB"),
        (["augment-preview", "digits", "--copies", 10**12, "--out", "a.png"], "Expected a picture of at most"),
        (["augment-preview", "digits", "--image-size", 10**6, "--out", "a.png"], "Expected a picture of at most"),
        (["train", "digits", "--epochs", 10**12], "Expected --epochs of at most 100,000"),
        (["train", "digits", "--batch-size", 10**12], "Expected --batch-size for which 16 GiB"),
        (["train", "digits", "--seed", 10**12], "Expected --seed of at most"),
        (["train", "digits", "--set", f"latent_dim={10**12}"], "Expected --set latent_dim for which 16 GiB"),
        (["train", "digits", "--set", f"generator_width={10**12}"], "Expected --set generator_width for which 16 GiB"),
    ],
)
def test_sizes_typed_by_mistake_are_told_in_one_line(tmp_path, monkeypatch, capsys, bundle, arguments, message):
    monkeypatch.chdir(tmp_path)
    arguments = [str(bundle) if one == "bundle" else str(one) for one in arguments]
    monkeypatch.setattr("sys.argv", ["kgan", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message in error
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return kgan.export.save(small_dcgan(), tmp_path_factory.mktemp("security") / "bundle")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 10**12}, "Expected batch_size for which 16 GiB"),
        ({"batch_size": 10**6, "image_size": 1000}, "Expected batch_size for which 16 GiB"),
        ({"image_size": 10**6}, "Expected a picture of at most"),
        ({"image_size": (8000, 8000)}, "Expected image_size for which 16 GiB"),
    ],
)
def test_sizes_of_data_are_bounded(arguments, message):
    with pytest.raises(data.DataError, match=message):
        data.load("digits", **arguments)

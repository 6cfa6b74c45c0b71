"""`POST /generate`: the samples of `kgan sample`, whatever else is asked for at the same time."""

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import noise_networks
from kgan.export.portable import sampler
from served import Served, held

NAMES = ["Flags", "People, Body", "10"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return noise_networks.write(
        tmp_path_factory.mktemp("bundle") / "generator.onnx", num_classes=3, class_names=NAMES, latent_dim=64
    )


@pytest.fixture(scope="module")
def served(bundle):
    with Served(bundle) as one:
        yield one


@pytest.fixture(scope="module")
def drawn(bundle):
    return sampler.Sampler(bundle)


def test_the_same_seed_gives_the_samples_of_the_sampler(served, drawn):
    answer = served.generate(count=70, seed=3, format="npz")
    assert (answer.status, answer.headers["Kgan-Seed"]) == (200, "3")
    np.testing.assert_allclose(answer.arrays["samples"], drawn.sample(70, seed=3), atol=1e-6)
    np.testing.assert_array_equal(answer.arrays["labels"], np.arange(70) % 3)


def test_a_grid_is_the_file_of_kgan_sample_byte_for_byte(served, bundle, tmp_path):
    sampler.sample_to_file(bundle, 12, 5, tmp_path / "grid.png", "Flags,10", 0.5)
    answer = served.generate(count=12, seed=5, labels=["Flags", "10"], truncation_psi=0.5)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == (tmp_path / "grid.png").read_bytes()


def test_a_zip_holds_the_files_of_kgan_sample_one_by_one(served, bundle, tmp_path):
    paths = sampler.sample_each(bundle, 4, 5, tmp_path, "#1,#0")
    answer = served.generate(count=4, seed=5, labels=[1, "Flags"], format="zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [path.name for path in paths]
        for path in paths:
            with Image.open(path) as expected, Image.open(io.BytesIO(archive.read(path.name))) as found:
                assert found.size == (8, 8)
                np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_labels_go_by_name_and_by_number_and_say_how_many(served, drawn):
    answer = served.generate(seed=1, labels=["People, Body", 2, 0], format="npz").arrays
    np.testing.assert_array_equal(answer["labels"], [1, 2, 0])
    np.testing.assert_allclose(answer["samples"], drawn.sample(3, 1, [1, 2, 0]), atol=1e-6)
    alone = served.generate(seed=1, labels="10", count=2, format="npz").arrays
    np.testing.assert_array_equal(alone["labels"], [2, 2])


def test_without_a_seed_one_is_chosen_and_told(served):
    first = served.generate(format="npz")
    again = served.generate(format="npz", seed=int(first.headers["Kgan-Seed"]))
    assert again.content == first.content


def test_tags_are_lists_in_a_list(tmp_path):
    path = noise_networks.write(tmp_path / "tags.onnx", num_tags=3, class_names=["hat", "beard", "smile"])
    with Served(path) as one:
        answer = one.generate(seed=0, labels=[["hat", "smile"], 1], format="npz").arrays
    np.testing.assert_array_equal(answer["labels"], [[1, 0, 1], [0, 1, 0]])
    expected = sampler.Sampler(path).sample(2, 0, [[1, 0, 1], [0, 1, 0]])
    np.testing.assert_allclose(answer["samples"], expected, atol=1e-6)


def test_samples_that_are_no_pictures_come_as_values(tmp_path):
    with Served(noise_networks.write(tmp_path / "vectors.onnx", shape=(5,))) as one:
        assert one.generate(count=3).arrays["samples"].shape == (3, 5)
        archive = zipfile.ZipFile(io.BytesIO(one.generate(count=2, seed=0, format="zip").content))
        assert archive.namelist() == ["seed0-0.npy", "seed0-1.npy"]
        assert one.generate(format="png").error == 'Expected format as one of: npz, zip. Received: format="png".'


def asked_at_once(served, seeds, **fields):
    """The samples of requests that all wait while the network is at the first."""
    with ThreadPoolExecutor(len(seeds) + 1) as threads:
        with held(served) as network:
            first = threads.submit(served.generate, seed=0, count=1)
            assert network.begun.wait(10)
            served.runs.clear()
            rest = [threads.submit(served.generate, seed=one, count=2, format="npz", **fields) for one in seeds]
            while len(served.loaded.engine._jobs) < len(seeds):
                time.sleep(0.001)
        assert first.result().status == 200
        return [one.result().arrays["samples"] for one in rest]


def test_requests_that_wait_share_a_run_and_keep_their_samples(served, drawn):
    seeds = range(1, 11)
    samples = asked_at_once(served, seeds)
    assert served.runs == [1, 20]
    for seed, found in zip(seeds, samples, strict=True):
        np.testing.assert_allclose(found, drawn.sample(2, seed), atol=1e-6)


def test_a_network_that_looks_at_its_batch_has_each_request_alone(tmp_path):
    path = noise_networks.write(tmp_path / "batch.onnx", of_batch=True)
    with Served(path) as one:
        samples = asked_at_once(one, (1, 2))
        assert one.runs == [1, 2, 2]
    for seed, found in zip((1, 2), samples, strict=True):
        np.testing.assert_array_equal(found, sampler.Sampler(path).sample(2, seed))


@pytest.mark.parametrize("of_batch", [True, False])
def test_requests_do_not_meet_where_a_further_output_alone_looks_at_its_batch(tmp_path, of_batch):
    path = noise_networks.write(tmp_path / "further.onnx", further={"centred": of_batch})
    with Served(path) as one:
        samples = asked_at_once(one, (1, 2), output="centred")
        assert one.runs == ([1, 2, 2] if of_batch else [1, 4])
    for seed, found in zip((1, 2), samples, strict=True):
        np.testing.assert_allclose(found, sampler.Sampler(path, output="centred").sample(2, seed), atol=1e-6)

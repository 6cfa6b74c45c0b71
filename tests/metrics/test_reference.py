import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan.metrics import Extractor, extractors
from kgan.metrics.reference import Reference, cache_folder

VECTORS = np.random.default_rng(0).normal(size=(70, 3)).astype(np.float32)
MOMENTS, FEATURES = frozenset({"moments"}), frozenset({"features"})


class Counting:
    """An extractor that counts the samples that it is shown."""

    def __init__(self, fingerprint="counting"):
        self.shown = 0
        self.extractor = Extractor("counting", self.look, fingerprint=fingerprint, graph=False)

    def look(self, samples):
        self.shown += len(samples)
        return 2.0 * samples


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays, batch_size=20):
        super().__init__()
        self.arrays, self.batch_size = arrays, batch_size

    def __len__(self):
        return -(-len(self.arrays[0]) // self.batch_size)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return tuple(array[rows] for array in self.arrays)


def dataset(*arrays, batch_size=20):
    return tf.data.Dataset.from_tensor_slices(arrays[0] if len(arrays) == 1 else arrays).batch(batch_size)


LABELS = np.arange(70, dtype=np.int32) % 10
SOURCES = {
    "array": lambda: (VECTORS, LABELS),
    "tensor": lambda: (tf.constant(VECTORS), tf.constant(LABELS)),
    "dataset": lambda: (dataset(VECTORS, LABELS), None),
    "dictionaries": lambda: (tf.data.Dataset.from_tensor_slices({"image": VECTORS, "label": LABELS}).batch(9), None),
    "sequence": lambda: (Batches(VECTORS, LABELS), None),
}


# --- what it reads ---


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_it_reads_samples_and_labels_from_any_source_that_can_be_read_again(source):
    reference = Reference(*SOURCES[source]())
    assert reference.count == 70
    np.testing.assert_array_equal(reference.labels, LABELS)
    np.testing.assert_array_equal(reference.seen(Counting().extractor, FEATURES).features, 2.0 * VECTORS)


@pytest.mark.parametrize("source", [dataset(VECTORS), Batches(VECTORS)])
def test_steps_take_the_first_batches(source):
    reference = Reference(source, steps=2)
    assert reference.count == 40
    assert reference.labels is None
    np.testing.assert_array_equal(reference.seen(Counting().extractor, FEATURES).features, 2.0 * VECTORS[:40])


def test_what_can_be_read_only_once_is_refused():
    for source in ((VECTORS for _ in range(3)), iter([VECTORS]), None):
        with pytest.raises(TypeError, match="Expected reals that can be read again to measure against.*Received: "):
            Reference(source)


@pytest.mark.parametrize("source", [dataset(VECTORS).take(0), VECTORS[:0]])
def test_no_samples_are_refused(source):
    with pytest.raises(ValueError, match="Expected at least one batch of real samples to measure against"):
        Reference(source)


def test_images_of_any_value_range_are_shown_alike(small_images):
    expected = small_images.reshape(200, 64) / 127.5 - 1.0
    floats = small_images / np.float32(255.0)
    for reference in (Reference(small_images, value_range=(0.0, 1.0)), Reference(floats, value_range=(0.0, 1.0))):
        seen = reference.seen(extractors.get("pixels"), FEATURES)
        np.testing.assert_allclose(seen.features, expected, atol=1e-6)


# --- measured once ---


def test_reals_are_measured_once_for_each_extractor():
    first, second = Counting("1"), Counting("2")
    reference = Reference(dataset(VECTORS))
    for _ in range(3):
        reference.seen(first.extractor, MOMENTS)
        reference.seen(second.extractor, MOMENTS)
    assert (first.shown, second.shown) == (70, 70)


def test_moments_and_features_are_what_numpy_says():
    seen = Reference(dataset(VECTORS)).seen(Counting().extractor, MOMENTS | FEATURES)
    assert seen.count == 70
    np.testing.assert_allclose(seen.moments.mean, 2.0 * VECTORS.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(seen.moments.covariance, 4.0 * np.cov(VECTORS, rowvar=False), rtol=1e-5)
    np.testing.assert_array_equal(seen.features, 2.0 * VECTORS)


def test_where_nothing_is_asked_of_reals_they_are_not_looked_at(cache_folder):
    counting = Counting()
    for needs in (frozenset(), frozenset({"predictions"})):
        Reference(VECTORS).seen(counting.extractor, needs)
    assert counting.shown == 0
    assert not cache_folder.exists()


def test_what_was_measured_on_the_same_samples_can_be_adopted():
    counting = Counting(fingerprint=None)
    earlier, same, other = Reference(VECTORS), Reference(dataset(VECTORS[::-1])), Reference(VECTORS[1:])
    earlier.seen(counting.extractor, MOMENTS)
    same.adopt(earlier)
    same.seen(counting.extractor, MOMENTS)
    assert counting.shown == 70
    other.adopt(earlier)
    assert other.seen(counting.extractor, MOMENTS).count == 69


# --- kept on disk ---


def test_the_folder_is_that_of_the_environment_or_one_at_home(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.setenv("KGAN_CACHE", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "kgan"


@pytest.mark.parametrize("needs", [MOMENTS, FEATURES, MOMENTS | FEATURES])
def test_what_was_measured_is_found_again_whatever_the_order_and_the_batches(needs, cache_folder):
    first = Counting()
    measured = Reference(dataset(VECTORS, batch_size=16)).seen(first.extractor, needs)
    assert len(list(cache_folder.iterdir())) == 1
    shuffled = np.random.default_rng(1).permutation(VECTORS)
    for source in (VECTORS, dataset(VECTORS[::-1], batch_size=70), Batches(shuffled)):
        later = Counting()
        found = Reference(source).seen(later.extractor, needs)
        assert later.shown == 0
        assert found.count == measured.count == 70
        if "moments" in needs:
            np.testing.assert_array_equal(found.moments.mean, measured.moments.mean)
            np.testing.assert_array_equal(found.moments.covariance, measured.moments.covariance)
        if "features" in needs:
            np.testing.assert_array_equal(found.features, measured.features)


def test_labels_do_not_matter():
    Reference(VECTORS, LABELS).seen(Counting().extractor, MOMENTS)
    later = Counting()
    Reference(VECTORS, LABELS[::-1]).seen(later.extractor, MOMENTS)
    Reference(VECTORS).seen(later.extractor, MOMENTS)
    assert later.shown == 0


def test_one_other_value_and_one_more_or_fewer_samples_are_measured_anew():
    changed = VECTORS.copy()
    changed[33, 1] = np.nextafter(changed[33, 1], 9.0)
    twice = np.concatenate([VECTORS, VECTORS[:1]])
    Reference(VECTORS).seen(Counting().extractor, MOMENTS)
    for others in (changed, twice, VECTORS[:-1]):
        later = Counting()
        Reference(others).seen(later.extractor, MOMENTS)
        assert later.shown == len(others)


def test_another_weight_of_the_extractor_is_measured_anew():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    reference = Reference(VECTORS)
    before = reference.seen(extractors.checked(model), MOMENTS).moments.mean
    kernel, bias = model.get_weights()
    model.set_weights([kernel, bias + 1.0])
    after = Reference(VECTORS).seen(extractors.checked(model), MOMENTS).moments.mean
    np.testing.assert_allclose(after, before + 1.0, rtol=1e-5)


def test_a_damaged_file_is_told_of_and_measured_again(cache_folder):
    Reference(VECTORS).seen(Counting().extractor, MOMENTS)
    (file,) = cache_folder.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"no archive", whole.replace(b"moments_mean", b"moments_nean")):
        file.write_bytes(damaged)
        again = Counting()
        with pytest.warns(UserWarning, match=f"Expected {file} as kgan wrote it; the reals are measured again"):
            seen = Reference(VECTORS).seen(again.extractor, MOMENTS)
        assert again.shown == 70
        np.testing.assert_allclose(seen.moments.mean, 2.0 * VECTORS.mean(axis=0), rtol=1e-6)
        assert file.read_bytes() == whole  # and it is whole again


def test_a_flipped_byte_is_told_of(cache_folder):
    Reference(VECTORS).seen(Counting().extractor, FEATURES)
    (file,) = cache_folder.iterdir()
    content = bytearray(file.read_bytes())
    content[content.index((2.0 * VECTORS[5]).tobytes())] ^= 1
    file.write_bytes(content)
    with pytest.warns(UserWarning, match="as kgan wrote it"):
        Reference(VECTORS).seen(Counting().extractor, FEATURES)


def test_a_folder_that_cannot_be_written_to_is_told_of(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path / "file" / "cache"))
    counting = Counting()
    with pytest.warns(UserWarning, match="cannot be kept in .*Set KGAN_CACHE to a folder that can be written to"):
        seen = Reference(VECTORS).seen(counting.extractor, MOMENTS)
    assert seen.count == counting.shown == 70


def test_an_extractor_without_a_fingerprint_leaves_nothing_on_disk(cache_folder):
    counting = Counting(fingerprint=None)
    Reference(VECTORS).seen(counting.extractor, MOMENTS)
    Reference(VECTORS).seen(counting.extractor, MOMENTS)
    assert counting.shown == 140
    assert not cache_folder.exists()


def test_reals_that_come_out_otherwise_at_each_reading_are_not_kept():
    shuffled = tf.data.Dataset.from_tensor_slices(VECTORS).shuffle(70, seed=1).batch(10)
    counting = Counting()
    with pytest.warns(UserWarning, match="come out otherwise at each reading"):
        Reference(shuffled, steps=3).seen(counting.extractor, MOMENTS)
    assert not cache_folder().exists() or not list(cache_folder().iterdir())


def test_reals_are_measured_anew_when_the_weights_of_one_s_own_model_change():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    extractor = extractors.checked(model)
    reference = Reference(VECTORS)
    before = reference.seen(extractor, MOMENTS).moments.mean
    model.set_weights([2.0 * weight for weight in model.get_weights()])
    np.testing.assert_allclose(reference.seen(extractor, MOMENTS).moments.mean, 2.0 * before, rtol=1e-5)

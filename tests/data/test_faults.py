"""Records of a stream that cannot be read, and a mapped file that is cut short."""

import os

import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import linear_game
from kgan.data import DataError, faults, load

COUNT = 40


def numbered(bad, kind="graph"):
    """Samples `[n, n]` with labels n % 4; those in `bad` raise."""
    bad_numbers = tf.constant(bad, tf.int64)

    def python(number):
        if number in bad:
            raise KeyError(f"row {number} is astray")
        return np.full(2, number, np.float32)

    def sample(number):
        if kind == "python":
            one = tf.ensure_shape(tf.numpy_function(python, [number], tf.float32), (2,))
        else:
            with tf.control_dependencies(
                [tf.debugging.Assert(tf.reduce_all(number != bad_numbers), ["corrupt", number])]
            ):
                one = tf.fill((2,), tf.cast(number, tf.float32))
        return one, number % 4

    return tf.data.Dataset.range(COUNT).map(sample)


def rows(dataset):
    return [(int(sample[0]), int(label)) for batch in dataset for sample, label in zip(*batch, strict=True)]


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        pytest.param(bad, kind, marks=() if kind == "graph" or len(bad) > 1 else pytest.mark.slow)
        for kind in ("graph", "python")
        for bad in ([7], [0, 1, 2], [39], [3, 4, 30])
    ],
)
def test_another_record_takes_the_place_of_a_faulty_one_and_the_fault_is_named(kind, bad):
    splits = load(numbered(bad, kind), 8, validation_split=0.0)
    assert int(splits.train.cardinality()) == COUNT // 8
    for _ in range(2):
        batches = list(splits.train)
        assert [samples.shape for samples, _ in batches] == [(8, 2)] * (COUNT // 8)
        seen = rows(batches)
        assert all(number % 4 == label for number, label in seen)
        assert {number for number, _ in seen} == set(range(COUNT)) - set(bad)
    assert set(splits.skipped) == {f"record {number}" for number in bad}
    expected = "astray" if kind == "python" else "corrupt"
    assert all(expected in reason for reason in splits.skipped.values())


def test_faulty_records_are_left_out_where_the_number_of_records_is_unknown():
    skipped = {}
    dataset = numbered([5, 6]).filter(lambda sample, label: True)
    kept = [int(sample[0]) for sample, _ in faults.without(dataset, skipped, strict=False)]
    assert kept == [number for number in range(COUNT) if number not in (5, 6)]
    assert set(skipped) == {"record 5", "record 6"}


def test_a_corrupt_tfrecord_ends_its_file_and_the_others_are_read(tmp_path):
    for part in range(3):
        with tf.io.TFRecordWriter(str(tmp_path / f"{part}.tfrecord")) as writer:
            for number in range(16):
                writer.write(np.full(3, 16 * part + number, np.float32).tobytes())
    spoilt = bytearray((tmp_path / "1.tfrecord").read_bytes())
    spoilt[5 * 28 + 12 :: 28] = bytes(255 - byte for byte in spoilt[5 * 28 + 12 :: 28])  # the sixth and all after it
    (tmp_path / "1.tfrecord").write_bytes(bytes(spoilt))
    files = [str(tmp_path / f"{part}.tfrecord") for part in range(3)]
    dataset = tf.data.TFRecordDataset(files).map(lambda one: tf.ensure_shape(tf.io.decode_raw(one, tf.float32), (3,)))
    splits = load(dataset, 4, validation_split=0.0)
    seen = sorted(int(sample[0]) for batch in splits.train for sample in batch)
    assert set(seen) <= {*range(21), *range(32, 48)}
    assert len(seen) == 36  # of 37: batches are full
    assert list(splits.skipped) == ["record 21"]
    assert "corrupted record" in splits.skipped["record 21"]


def test_a_stream_without_faults_is_read_once():
    read = []
    dataset = tf.data.Dataset.range(100).filter(lambda number: True)
    dataset = dataset.map(lambda number: tf.numpy_function(lambda one: (read.append(one), one)[1], [number], tf.int64))
    dataset = dataset.map(lambda number: tf.ensure_shape(number, ()))
    assert [int(one) for one in faults.without(dataset, {}, strict=False)] == list(range(100))
    assert read == list(range(100))


def test_held_out_records_stay_held_out_when_one_is_faulty():
    splits = load(numbered([9, 11]), 4, validation_split=0.25)
    train, held_out = ({number for number, _ in rows(part)} for part in (splits.train, splits.validation))
    assert held_out == {3, 7, 10, 15, 19, 23, 27, 31, 35, 39}  # 10 in the place of 11
    assert set(splits.skipped) == {"record 9", "record 11"}
    assert 9 not in train | held_out


def test_strict_stops_at_the_first_fault_by_name():
    """Where it lies behind what loading looks at, `fit` stops with the same error."""
    with pytest.raises(DataError, match=r"Expected readable records \(strict\). Received: record 7: .*corrupt"):
        load(numbered([7]), 8, strict=True, validation_split=0.0)
    reals = numbered([35]).map(lambda sample, label: sample / 40.0)
    reals = tf.data.Dataset.range(64).map(lambda _: tf.zeros(2)).concatenate(reals)
    splits = load(reals, 8, strict=True, validation_split=0.0)
    gan = linear_game(sample_dim=2)
    gan.compile(jit_compile=False)
    with pytest.raises(DataError, match=r"Expected readable records \(strict\). Received: record 99"):
        gan.fit(splits, verbose=0)


def test_training_goes_on_over_faults():
    reals = numbered([3, 17]).map(lambda sample, label: sample / 40.0)
    splits = kgan.data.load(reals, 8, validation_split=0.0)
    gan = linear_game(sample_dim=2)
    gan.compile(jit_compile=False)
    history = gan.fit(splits, epochs=2, verbose=0)
    assert int(gan.steps.numpy()) == 2 * COUNT // 8
    assert np.isfinite(history.history["generator_loss"]).all()
    assert set(splits.skipped) == {"record 3", "record 17"}


def test_a_source_that_cannot_be_read_at_all_stops(tmp_path):
    missing = tf.data.TFRecordDataset(str(tmp_path / "gone.tfrecord"))
    dataset = missing.map(lambda one: tf.ensure_shape(tf.io.decode_raw(one, tf.float32), (3,)))
    with pytest.raises(DataError, match="Received: 100 faults in a row, .*(gone.tfrecord|No such file)"):
        load(dataset, 4, validation_split=0.0)


@pytest.fixture
def mapped(tmp_path):
    """1,000 rows of 2,048 numbers, each row its own number; and the file."""
    path = tmp_path / "rows.npy"
    np.save(path, np.repeat(np.arange(1000, dtype=np.float32)[:, None], 2048, axis=1))
    return path


def cut(path, rows):
    os.truncate(path, 128 + rows * 2048 * 4)  # 128 bytes are NumPy's header


def test_other_rows_take_the_place_of_those_that_a_mapped_file_lost(mapped):
    splits = load(mapped, 50, validation_split=0.0)
    assert len({int(row[0]) for batch in splits.train for row in batch}) == 1000
    assert splits.skipped == {}
    cut(mapped, 600)
    batches = list(splits.train)
    assert [batch.shape for batch in batches] == [(50, 2048)] * 20
    assert {int(row[0]) for batch in batches for row in batch} == set(range(600))
    assert splits.skipped == {str(mapped): "cut short while it is read: 600 of 1000 rows are left"}


def test_labels_stay_with_the_rows_of_a_mapped_file_that_was_cut_short(mapped):
    splits = load((np.load(mapped, mmap_mode="r"), np.arange(1000) % 7), 50, validation_split=0.1)
    cut(mapped, 300)
    for part in (splits.train, splits.validation):
        seen = rows(part)
        assert all(number % 7 == label and number < 300 for number, label in seen)


def test_a_file_mapped_from_its_midst_is_known_to_be_whole(tmp_path):
    np.arange(4000, dtype=np.float32).tofile(tmp_path / "raw")
    samples = np.memmap(tmp_path / "raw", np.float32, "r", offset=4 * 2000, shape=(1000, 2))[100:]
    splits = load(samples, 50, validation_split=0.0)
    seen = sorted(int(row[0]) for batch in splits.train for row in batch)
    assert seen == list(range(2200, 4000, 2))
    os.truncate(tmp_path / "raw", 4 * 3000)
    seen = {int(row[0]) for batch in splits.train for row in batch}
    assert seen == set(range(2200, 3000, 2))


def test_a_mapped_file_cut_short_stops_the_stream_when_strict_or_when_nothing_is_left(mapped):
    strict, lenient = (load(mapped, 50, validation_split=0.0, strict=one) for one in (True, False))
    cut(mapped, 600)
    with (
        pytest.raises(DataError, match="Expected .*rows.npy to stay as it was. Received: a file cut short"),
        faults.named(),
    ):
        list(strict.train)
    cut(mapped, 0)
    with pytest.raises(DataError, match="Expected rows in .*rows.npy. Received: a file cut short"), faults.named():
        list(lenient.train)

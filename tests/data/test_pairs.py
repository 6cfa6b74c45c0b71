"""Pairs from arrays, `.npz` files and datasets, and what is said of anything else."""

import os

import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan.data import DataError, load_pairs, order

COUNT = 40


def arrays(count=COUNT, inputs=(5, 2), targets=(7, 1)):
    """Waves, say: the target of number n is filled with -n."""
    numbers = np.arange(count, dtype=np.float32)
    return (
        np.broadcast_to(numbers.reshape(-1, *(1,) * len(inputs)), (count, *inputs)).copy(),
        np.broadcast_to(-numbers.reshape(-1, *(1,) * len(targets)), (count, *targets)).copy(),
    )


def numbers(dataset):
    return [
        (first.flat[0], second.flat[0])
        for inputs, targets in dataset.as_numpy_iterator()
        for first, second in zip(inputs, targets, strict=True)
    ]


def sources(tmp_path):
    inputs, targets = arrays()
    np.savez(tmp_path / "pairs.npz", targets=targets, inputs=inputs, other=np.zeros(3))
    np.save(tmp_path / "inputs.npy", inputs)
    np.save(tmp_path / "targets.npy", targets)
    mapped = tuple(np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("inputs", "targets"))
    return {
        "arrays": (inputs, targets),
        "npz": str(tmp_path / "pairs.npz"),
        "path": tmp_path / "pairs.npz",
        "npy": mapped,
    }


@pytest.mark.parametrize("kind", ["arrays", "npz", "path", "npy"])
def test_two_arrays_of_any_rank_are_pairs(kind, tmp_path):
    splits = load_pairs(sources(tmp_path)[kind], 4)
    train, validation = splits
    assert (splits.input_shape, splits.sample_shape) == ((5, 2), (7, 1))
    assert str(splits) == "36 pairs of 5 x 2 -> 7 x 1, 4 held out"
    assert train.element_spec == (tf.TensorSpec((4, 5, 2), tf.float32), tf.TensorSpec((4, 7, 1), tf.float32))
    trained, held_out = numbers(train), numbers(validation)
    assert sorted(trained + held_out) == [(n, -n) for n in range(COUNT)]
    assert numbers(train) != trained
    swapped = load_pairs(sources(tmp_path)[kind], 4, direction="b2a")
    assert numbers(swapped.train) == [(target, given) for given, target in trained]
    assert (splits.first(3) <= 0).all()  # targets


@pytest.mark.parametrize("batched", [False, True])
def test_a_dataset_of_pairs_is_split_shuffled_and_batched(batched):
    dataset = tf.data.Dataset.from_tensor_slices(arrays())
    splits = load_pairs(dataset.batch(7) if batched else dataset, 4, validation_split=0.2)
    assert (splits.input_shape, splits.sample_shape) == ((5, 2), (7, 1))
    assert (splits.count, splits.held_out) == ((None, None) if batched else (32, 8))
    assert ("an unknown number of held out" in str(splits)) == batched
    trained, held_out = numbers(splits.train), numbers(splits.validation)
    assert sorted(trained + held_out) == [(n, -n) for n in range(COUNT)]
    assert [n for n, _ in held_out] == [4, 9, 14, 19, 24, 29, 34, 39]
    assert trained != sorted(trained)
    swapped = load_pairs(dataset, 4, direction="b2a", validation_split=0.2)
    assert numbers(swapped.validation) == [(target, given) for given, target in held_out]


def test_a_dataset_without_held_out_pairs_has_none():
    splits = load_pairs(tf.data.Dataset.from_tensor_slices(arrays()), 4, validation_split=0.0)
    assert (splits.count, splits.held_out, splits.validation) == (COUNT, 0, None)


def test_images_are_resized_and_grey_ones_gain_their_channel():
    inputs = np.arange(10, dtype=np.uint8).repeat(64).reshape(10, 8, 8)
    targets = np.repeat(inputs.repeat(2, axis=1)[..., None], 3, axis=-1)  # 16 x 8
    for source in ((inputs, targets), tf.data.Dataset.from_tensor_slices((inputs, targets))):
        splits = load_pairs(source, 2, image_size=4)
        assert (splits.input_shape, splits.sample_shape) == ((4, 4, 1), (4, 4, 3))
        assert all(given == target for given, target in numbers(splits.train))


def test_images_of_other_sizes_in_a_dataset_are_resized():
    def pairs():
        for number in range(10):
            picture = np.full((8 + number, 12, 3), number, np.uint8)
            yield picture, picture[..., :1]

    spec = (tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((None, None, 1), tf.uint8))
    dataset = tf.data.Dataset.from_generator(pairs, output_signature=spec)
    splits = load_pairs(dataset, 2, image_size=(6, 8))
    assert (splits.input_shape, splits.sample_shape) == ((6, 8, 3), (6, 8, 1))
    assert len(numbers(splits.train)) == 8
    with pytest.raises(DataError, match="Pass image_size=256, say"):
        load_pairs(dataset, 2)


@pytest.mark.parametrize("kind", ["arrays", "stream"])
def test_a_reading_may_begin_anywhere(kind):
    def load():
        source = arrays() if kind == "arrays" else tf.data.Dataset.from_tensor_slices(arrays())
        return load_pairs(source, 4).train

    dataset, again = load(), load()
    epochs = [numbers(dataset) for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    order.of(again).seek(1, 2)
    assert numbers(again) == epochs[1][8:] + epochs[1][:8]
    assert numbers(again) == epochs[2]


def test_another_seed_is_another_order():
    assert numbers(load_pairs(arrays(), 4, seed=1).train) != numbers(load_pairs(arrays(), 4).train)


def test_a_faulty_record_is_skipped_as_a_pair_or_refused_by_name():
    def pair(number):
        with tf.control_dependencies([tf.debugging.Assert(number != 7, ["corrupt", number])]):
            one = tf.fill((2,), tf.cast(number, tf.float32))
        return one, -one

    dataset = tf.data.Dataset.range(COUNT).map(pair)
    splits = load_pairs(dataset, 4, validation_split=0.0)
    seen = numbers(splits.train)
    assert {n for n, _ in seen} == set(range(COUNT)) - {7}
    assert all(target == -given for given, target in seen)
    assert set(splits.skipped) == {"record 7"}
    with pytest.raises(DataError, match="record 7: .*corrupt"):
        load_pairs(dataset, 4, strict=True)


def test_a_mapped_file_that_was_cut_short_stops_the_stream(tmp_path):
    inputs, targets = arrays(1000, inputs=(2048,), targets=(3,))
    np.save(tmp_path / "inputs.npy", inputs)
    splits = load_pairs((np.load(tmp_path / "inputs.npy", mmap_mode="r"), targets), 50, validation_split=0.0)
    assert len(numbers(splits.train)) == 1000
    os.truncate(tmp_path / "inputs.npy", 128 + 600 * 2048 * 4)
    with pytest.raises(tf.errors.OpError, match="cut short while it is read: 600 of 1000 rows are left"):
        list(splits.train)


IMAGES = np.zeros((9, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("nowhere", {}, r"Expected a folder of pairs \(.*Received: 'nowhere', which does not exist"),
        (__file__, {}, "Received: .*which is no such file"),
        (IMAGES, {}, r"a pair of arrays .*Received: one array of shape \(9, 8, 8, 3\)"),
        ({"inputs": IMAGES}, {}, "Received: a dict"),
        ((IMAGES, IMAGES[:7]), {}, "Expected a target for each input. Received: 9 inputs and 7 targets"),
        ((IMAGES[:0], IMAGES[:0]), {}, r"Expected pairs to train on. Received: inputs of shape \(0, 8, 8, 3\)"),
        ((IMAGES, np.arange(9)), {}, "Expected targets of shape .*int64. For samples with labels, use kgan.data.load"),
        ((IMAGES, IMAGES + 255.0), {}, r"In the targets: Expected images in \[-1, 1\]"),
        ((IMAGES * np.float32("nan"), IMAGES), {}, "In the inputs: Expected finite samples"),
        ((IMAGES / 255, IMAGES), {"image_size": 4}, "Expected uint8 images .* inputs of shape .*float64"),
        ((IMAGES, IMAGES), {"batch_size": 9}, "to the number of training pairs, 8. Received: batch_size=9"),
        ((IMAGES, IMAGES), {"batch_size": 0}, "Expected batch_size >= 1"),
        ((IMAGES, IMAGES), {"seed": -1}, "Expected seed >= 0"),
        ((IMAGES, IMAGES), {"direction": "b2b"}, "to be 'a2b' or 'b2a'. Received: direction='b2b'. Did you mean"),
        ((IMAGES, IMAGES), {"validation_split": 1.0}, r"Expected validation_split in \[0, 1\)"),
        ((IMAGES, IMAGES), {"flip": "no"}, "Expected flip to be True or False. Received: flip='no'"),
        ((IMAGES, IMAGES), {"channels": 2}, "Received: channels=2 for another source"),
        ((IMAGES, IMAGES), {"target_channels": 1}, "for folders of pictures only. Received: .*target_channels=1"),
    ],
)
def test_what_is_no_pairs_is_named(source, arguments, message):
    with pytest.raises(DataError, match=message):
        load_pairs(source, **arguments)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (IMAGES, r"Expected a dataset of pairs \(input, target\)"),
        ((IMAGES, np.arange(9)), "Expected targets of at least one axis .*int64"),
        ((IMAGES[:0], IMAGES[:0]), "at least one pair. Received: an empty one"),
        ((IMAGES, IMAGES + 255.0), r"In the targets: Expected images in \[-1, 1\]"),
    ],
)
def test_datasets_that_are_no_pairs_are_named(dataset, message):
    with pytest.raises(DataError, match=message):
        load_pairs(tf.data.Dataset.from_tensor_slices(dataset))


def test_datasets_without_end_or_order_are_named():
    dataset = tf.data.Dataset.from_tensor_slices(arrays(200))
    with pytest.raises(DataError, match="Expected a dataset that ends"):
        load_pairs(dataset.repeat())
    with pytest.raises(DataError, match="so that held-out pairs stay held out. Received: one that is shuffled anew"):
        load_pairs(dataset.shuffle(200))
    with pytest.raises(DataError, match=r"Expected validation_split in \[0, 0.5\] for a tf.data.Dataset"):
        load_pairs(dataset, validation_split=0.6)
    assert load_pairs(dataset.shuffle(200), validation_split=0.0).count == 200


def test_archives_without_pairs_are_named(tmp_path):
    np.savez(tmp_path / "pairs.npz", inputs=IMAGES, labels=np.arange(9))
    with pytest.raises(DataError, match="Expected the arrays inputs and targets .*Received: inputs, labels"):
        load_pairs(tmp_path / "pairs.npz")
    (tmp_path / "pairs.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="to be a NumPy .npz file without objects"):
        load_pairs(tmp_path / "pairs.npz")


def test_other_data_have_no_input_shape():
    splits = kgan.data.load(IMAGES, 4)
    assert (splits.input_shape, splits.held_out, splits.sides) == (None, None, None)
    assert str(splits) == "8 training samples of 8 x 8 pixels, colour, no labels"

import numpy as np
import pytest
import tensorflow as tf

from kgan.data import DataError, load


def collected(dataset):
    return [tuple(np.array(part) for part in (batch if isinstance(batch, tuple) else (batch,))) for batch in dataset]


def test_digits_are_5000_real_ones_split_without_overlap():
    splits = load("digits", batch_size=50)
    train, validation = splits
    assert train is splits.train
    assert validation is splits.validation
    images = np.concatenate([batch[0] for batch in collected(train)])
    held_out = np.concatenate([batch[0] for batch in collected(validation)])
    assert (images.dtype, images.shape, held_out.shape) == (np.uint8, (4500, 28, 28, 1), (500, 28, 28, 1))
    everything = {image.tobytes() for image in np.concatenate([images, held_out])}
    assert len(everything) == 5000
    assert splits.num_classes == 10
    assert str(splits) == "4,500 training samples of 28 x 28 pixels, grey, 10 classes"


def test_training_batches_are_full_and_in_an_order_that_is_drawn_anew_each_epoch():
    train, _ = load("digits", batch_size=64)
    first, second = collected(train), collected(train)
    assert {len(images) for images, _ in first} == {64}
    assert len(first) == 4500 // 64
    assert not np.array_equal(first[0][0], second[0][0])


def test_the_order_and_the_held_out_samples_repeat_with_the_seed():
    for part in (0, 1):
        same = [collected(tuple(load("digits", seed=seed))[part])[0][0] for seed in (3, 3, 4)]
        np.testing.assert_array_equal(same[0], same[1])
        assert not np.array_equal(same[0], same[2])


def test_labels_stay_with_their_images():
    images = np.arange(100, dtype=np.uint8).repeat(64).reshape(100, 8, 8)  # each filled with its number, grey, rank 3
    splits = load((images, np.arange(100) % 7), batch_size=10)
    assert splits.sample_shape == (8, 8, 1)
    assert splits.num_classes == 7
    for pixels, labels in collected(splits.train) + collected(splits.validation):
        np.testing.assert_array_equal(pixels[:, 0, 0, 0] % 7, labels)


def test_keras_datasets_label_columns_are_understood():
    splits = load((np.zeros((20, 8, 8, 3), np.uint8), np.zeros((20, 1), np.uint8)), batch_size=4)
    assert splits.train.element_spec[1].shape == (4,)


def test_no_split_holds_nothing_out():
    splits = load(np.zeros((20, 5), np.float32), batch_size=4, validation_split=0.0)
    assert splits.validation is None
    assert splits.count == 20
    assert "no labels" in str(splits)


def test_npy_is_mapped_and_npz_is_read(tmp_path):
    images = np.random.RandomState(0).randint(0, 256, (40, 8, 8, 3)).astype(np.uint8)
    np.save(tmp_path / "a.npy", images)
    np.savez(tmp_path / "b.npz", x_train=images, y_train=np.arange(40) % 4)
    np.savez(tmp_path / "c.npz", images)
    mapped, both, single = (load(tmp_path / name, batch_size=6) for name in ("a.npy", "b.npz", "c.npz"))
    expected = collected(load(images, batch_size=6).train)
    for splits in (mapped, single):
        for batch, same in zip(collected(splits.train), expected, strict=True):
            np.testing.assert_array_equal(batch[0], same[0])
    assert both.num_classes == 4


def test_images_are_resized_by_covering_or_stretching():
    wide = np.zeros((10, 8, 16, 1), np.uint8)
    wide[:, :, 4:12] = 200  # the middle half
    cut, stretched = (load(wide, 2, image_size=8, crop=crop) for crop in (True, False))
    np.testing.assert_array_equal(collected(cut.train)[0][0], 200)
    assert collected(stretched.train)[0][0][0, 4, 0, 0] == 0


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("batched", [False, True])
def test_a_dataset_is_split_and_batched(batched, labels):
    samples = np.arange(100, dtype=np.uint8).repeat(64).reshape(100, 8, 8, 1)
    dataset = tf.data.Dataset.from_tensor_slices((samples, np.arange(100) % 3) if labels else samples)
    splits = load(dataset.batch(7) if batched else dataset, batch_size=10, validation_split=0.2)
    train, validation = (np.concatenate([b[0] for b in collected(part)])[:, 0, 0, 0] for part in splits)
    assert sorted([*train, *validation]) == list(range(100))
    assert len(validation) == 20
    assert list(train) != sorted(train)
    assert splits.num_classes == (3 if labels else None)
    for batch in collected(splits.train) if labels else []:
        np.testing.assert_array_equal(batch[0][:, 0, 0, 0] % 3, batch[1])


@pytest.mark.parametrize("batched", [False, True])
def test_grey_images_without_a_channel_gain_one(batched):
    dataset = tf.data.Dataset.from_tensor_slices(np.zeros((40, 9, 8), np.uint8))
    splits = load(dataset.batch(5) if batched else dataset, batch_size=6)
    assert splits.sample_shape == (9, 8, 1)
    assert splits.count == (None if batched else 36)  # unbatching loses count


def test_a_dataset_that_is_shuffled_anew_is_refused_because_held_out_samples_would_leak():
    dataset = tf.data.Dataset.from_tensor_slices(np.random.RandomState(0).randn(200, 3).astype(np.float32))
    with pytest.raises(DataError, match="shuffled anew.*reshuffle_each_iteration=False"):
        load(dataset.shuffle(200), batch_size=10)
    assert load(dataset.shuffle(200), batch_size=10, validation_split=0.0).count == 200
    assert load(dataset.shuffle(200, reshuffle_each_iteration=False), batch_size=10).count == 180


def test_the_number_of_batches_of_a_dataset_is_known():
    dataset = tf.data.Dataset.from_tensor_slices(np.zeros((100, 3), np.float32))
    splits = load(dataset, batch_size=8)
    assert (int(splits.train.cardinality()), int(splits.validation.cardinality())) == (11, 2)


def test_a_dataset_of_dictionaries_or_of_other_sizes_is_understood():
    dataset = tf.data.Dataset.from_generator(
        lambda: ({"image": np.full((8 + i, 12, 3), i, np.uint8), "label": i % 2} for i in range(20)),
        output_signature={"image": tf.TensorSpec((None, None, 3), tf.uint8), "label": tf.TensorSpec((), tf.int64)},
    )
    splits = load(dataset, batch_size=3, image_size=(8, 10))
    assert splits.sample_shape == (8, 10, 3)
    assert splits.count is None
    assert "an unknown number of" in str(splits)
    assert collected(splits.train)[0][0].shape == (3, 8, 10, 3)
    with pytest.raises(DataError, match="Pass image_size"):
        load(dataset)


def test_a_dataset_of_floats_is_looked_at():
    with pytest.raises(DataError, match=r"Expected images in \[-1, 1\]"):
        load(tf.data.Dataset.from_tensor_slices(np.full((9, 8, 8, 1), 255.0, np.float32)))


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("digit", {}, r"Received: 'digit', which does not exist\. Did you mean 'digits'"),
        (3.5, {}, "Expected a name, a path, an array.*Received: float"),
        ("digits", {"batch_size": 0}, "Expected batch_size >= 1"),
        ("digits", {"batch_size": 10_000}, "Expected batch_size from 1 to the number of samples, 4500"),
        ("digits", {"validation_split": 1.0}, r"Expected validation_split in \[0, 1\)"),
        ("digits", {"image_size": (8, 8, 1)}, "Expected image_size as a number of pixels"),
        (np.zeros(5), {}, r"Expected samples of shape \(n, ...\).*\(5,\)"),
        (np.zeros((5, 2), np.int32), {}, "type int32"),
        (np.zeros((0, 2), np.float32), {}, "Expected samples to train on. Received: an array of shape"),
        (np.full((9, 8, 8, 1), 200.0), {}, r"Expected images in \[-1, 1\]"),
        (np.full((9, 2), np.nan), {}, "Expected finite samples"),
        (np.zeros((9, 2), np.float32), {"image_size": 8}, "Expected uint8 images to resize"),
        ((np.zeros((9, 2), np.float32), np.zeros(9)), {}, "Expected labels of shape"),
        ((np.zeros((9, 2), np.float32), np.full(9, -1)), {}, "integers from 0"),
        ((np.zeros((9, 2), np.float32), np.zeros(4, int)), {"batch_size": 2}, "a label for each of 9 samples"),
        (tf.data.Dataset.range(5), {}, "Expected samples as uint8 or a float type"),
        (tf.data.Dataset.from_tensor_slices(np.zeros((9, 2))).repeat(), {}, "Expected a dataset that ends"),
        (tf.data.Dataset.from_tensor_slices(np.zeros((9, 2))).take(0), {}, "at least one sample"),
        (tf.data.Dataset.from_tensor_slices(np.zeros((9, 2))), {}, "number of training samples, 9.*batch_size=64"),
        (tf.data.Dataset.from_tensor_slices((np.zeros((9, 2)), np.eye(9))), {}, "Expected labels as one integer"),
        (tf.data.Dataset.from_tensor_slices((np.zeros((9, 2)),) * 3), {}, "Received: 3 entries"),
        (((np.zeros((9, 2)), np.zeros(9)), (np.zeros((9, 2)), np.zeros(9))), {}, "Pass its first pair"),
        ("digits", {"seed": -1}, "Expected seed >= 0"),
        ("digits", {"channels": "colour"}, "for folders of pictures only. Received: channels='colour' for another"),
        ("digits", {"background": "#12"}, "Expected background as the name of a colour"),
        (tf.data.Dataset.from_tensor_slices({"a": [1.0]}), {}, "Expected elements with an 'image'"),
        (tf.data.Dataset.from_tensor_slices(np.zeros((9, 2))), {"validation_split": 0.9}, r"in \[0, 0\.5\]"),
    ],
)
def test_bad_sources_are_named(source, arguments, message):
    with pytest.raises(DataError if "image_size as" not in message else ValueError, match=message):
        load(source, **arguments)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", b"not numpy", "Expected .*a.npy to be a NumPy .npy file"),
        ("a.npz", b"not a zip", "NumPy .npz file"),
        ("a.txt", b"text", "Expected a folder of images, a .zip, .npy or .npz file. Received: the file"),
    ],
)
def test_bad_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path / name)


def test_an_archive_without_samples_lists_what_it_holds(tmp_path):
    np.savez(tmp_path / "a.npz", left=np.zeros(3), right=np.zeros(3))
    with pytest.raises(DataError, match="Received: left, right"):
        load(tmp_path / "a.npz")


def test_pickled_arrays_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="without objects"):
        load(tmp_path / "a.npy")

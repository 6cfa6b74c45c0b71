"""Labels of several tags at once, from fit to generate."""

import keras
import numpy as np
import pytest

import kgan


def tagged(conditioning="projection", **arguments):
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=3, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=3, conditioning=conditioning, seed=1),
        seed=0,
        **arguments,
    )


@pytest.fixture
def small_tags(small_labels):
    """Even, greater than four, a multiple of three."""
    return np.stack([small_labels % 2 == 0, small_labels > 4, small_labels % 3 == 0], axis=1).astype(np.int32)


@pytest.mark.parametrize(
    "conditioning",
    [
        pytest.param("projection", marks=pytest.mark.slow),  # a break with tags is tried in test_resume_order.py
        pytest.param("concatenation", marks=pytest.mark.slow),
        "auxiliary",
    ],
)
def test_several_tags_at_once_train_and_generate(small_images, small_tags, conditioning, tmp_path):
    gan = tagged(conditioning)
    objectives = ["auxiliary_classifier"] if conditioning == "auxiliary" else []
    gan.compile(jit_compile=False, penalties=["r1"], objectives=objectives)
    history = gan.fit(small_images, small_tags, batch_size=50, validation_split=0.25, verbose=0)
    assert np.isfinite([values for values in history.history.values()]).all()
    assert (gan.num_tags, gan.num_classes) == (3, None)
    each = gan.generate(3, seed=0)
    np.testing.assert_allclose(each, gan.generate(3, seed=0, labels=np.eye(3, dtype=int)), atol=1e-6)
    assert not np.allclose(each, gan.generate(3, seed=0, labels=[1, 1, 0]))
    gan.save(tmp_path / "gan.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "gan.keras").generate(3, seed=0), each)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full((200, 3), 2), "Expected tags of 0 and 1, 3 for each sample. Received: values from 2 to 2"),
        (np.zeros((200, 4), int), r"Expected tags of shape \(batch, 3\)"),
        (np.zeros(200, int), r"Expected tags of shape \(batch, 3\)"),
        (None, r"Expected data of \(samples, labels\)"),
    ],
)
def test_bad_tags_are_named(small_images, labels, message):
    gan = tagged()
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=message):
        gan.fit(small_images, labels, batch_size=50, verbose=0)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], np.zeros((4, 3)), 1])
def test_bad_tags_to_generate_are_named(labels):
    with pytest.raises(ValueError, match="Expected labels as tags of 0 and 1, 3 of them or 2 rows"):
        tagged().generate(2, labels=labels)


def test_networks_that_take_other_numbers_of_tags_are_refused():
    with pytest.raises(ValueError, match=r"Expected both networks to take as many tags. Received: \[3, 5\]"):
        kgan.GAN(
            kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=3),
            kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=5),
        )

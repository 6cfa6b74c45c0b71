"""`validation_split`: who can be split, and into how many."""

import pytest
from pair_games import linear_translator

import kgan
from batch_sources import POINTS, Sequence, batches, dataset, loader
from games import linear_game


@pytest.mark.parametrize("source", [dataset, Sequence, batches, loader])
def test_what_comes_in_batches_cannot_be_split(source):
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match=r"Expected an array to split with validation_split=0.2. Received: a \w+"):
        gan.fit(source(POINTS), validation_split=0.2)
    model = linear_translator()
    with pytest.raises(ValueError, match="Expected an array to split"):
        model.fit(source(POINTS, POINTS), validation_split=0.2)


def test_what_load_returned_is_not_split_again():
    gan = linear_game()
    gan.compile()
    with pytest.raises(ValueError, match="kgan.data.load returned, which is split already"):
        gan.fit(kgan.data.load(POINTS, batch_size=4), validation_split=0.2)


def test_a_split_keeps_as_many_rows_as_keras_does():
    """floor(n (1 - split)) rows are trained on: of 3 and a half, 1."""
    gan = linear_game()
    gan.compile(jit_compile=False)
    gan.fit(POINTS[:3], validation_split=0.5, batch_size=1, verbose=0)
    assert int(gan.images_seen.numpy()) == 1
    with pytest.raises(ValueError, match=r"samples on both sides of validation_split=0.1. Received: 1 samples"):
        gan.fit(POINTS[:1], validation_split=0.1)


def test_nothing_is_split_off_beside_validation_data():
    gan = linear_game()
    gan.compile(jit_compile=False)
    gan.fit(POINTS, validation_split=0.5, validation_data=POINTS[:4], batch_size=4, verbose=0)
    assert int(gan.images_seen.numpy()) == 16

import numpy as np
import pytest
import tensorflow as tf

from games import linear_game
from kgan.data.sources import arrays
from kgan.diagnostics import subjects

SORTED = np.repeat(np.arange(4.0, dtype=np.float32), 500)[:, None]
LABELS = np.repeat(np.arange(4, dtype=np.int32), 500)


def counts(reals):
    np.testing.assert_array_equal(reals.samples[:, 0], reals.labels)
    return np.bincount(reals.labels, minlength=4)


def test_arrays_and_held_out_data_sorted_by_class_are_looked_at_throughout():
    assert counts(subjects.some((SORTED, LABELS), 400, 0, throughout=False)).min() > 70
    held_out = arrays.batches(SORTED, LABELS, batch_size=64)
    assert counts(subjects.some(held_out, 400, 0, throughout=True)).min() > 70
    assert counts(subjects.some(held_out, 400, 0, throughout=False)).tolist() == [400, 0, 0, 0]


def test_every_sample_of_a_stream_is_as_likely_to_be_taken():
    stream = arrays.batches(np.arange(60, dtype=np.float32)[:, None], None, batch_size=7)
    taken = [subjects.some(stream, 20, seed, throughout=True).samples[:, 0].astype(int) for seed in range(120)]
    often = np.bincount(np.concatenate(taken), minlength=60)
    assert [len(set(one)) for one in taken] == [20] * 120
    # 120 draws with probability 1/3: 40 each, standard deviation 5.2
    assert often.min() > 40 - 4 * 5.2
    assert often.max() < 40 + 4 * 5.2


def test_fewer_than_asked_for_are_all_and_too_few_are_refused():
    assert len(subjects.some((SORTED[:12], None), 400, 0, throughout=False).samples) == 12
    for few in ((SORTED[:9], None), arrays.batches(SORTED[:9], None, batch_size=5), tf.data.Dataset.range(0)):
        with pytest.raises(ValueError, match="Expected at least 10 samples to look at"):
            subjects.some(few, 400, 0, throughout=True)


def test_the_latents_are_as_many_as_the_training_reals():
    gathered = subjects.gather(linear_game(), (SORTED[:30], None), None, 100, seed=3)
    assert gathered.latents.shape == (30, 1)
    assert gathered.held_out is None


def test_too_few_held_out_reals_are_passed_over_and_too_few_training_reals_leave_nothing_to_look_at():
    said = []
    gathered = subjects.gather(linear_game(), (SORTED[:30], None), (SORTED[:9], None), 100, 3, said.append)
    assert (len(gathered.train.samples), gathered.held_out) == (30, None)
    assert said == ["The monitor needs 10 held-out reals, and finds 9: it looks at training data alone."]
    assert subjects.gather(linear_game(), (SORTED[:9], None), (SORTED[:30], None), 100, 3, said.append) is None
    assert said[1:] == ["The monitor needs 10 training reals, and finds 9: there are no verdicts."]
    for number, expected in ((9, None), (10, 10)):
        gathered = subjects.gather(linear_game(), (SORTED[:30], None), (SORTED[:number], None), 100, 3)
        assert (gathered.held_out and len(gathered.held_out.samples)) == expected


def test_of_large_pictures_fewer_are_looked_at(monkeypatch):
    monkeypatch.setattr(subjects, "_BYTES", 4 * 25)  # float32 of 25 samples of one number
    gathered = subjects.gather(linear_game(), (SORTED[:60], None), (SORTED[:60], None), 100, seed=3)
    assert [len(one.samples) for one in (gathered.train, gathered.held_out)] == [25, 25]
    assert len(gathered.latents) == 25

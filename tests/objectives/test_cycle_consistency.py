import keras
import numpy as np
import pytest
from cycle_games import compiled, lines

import kgan
from kgan import objectives
from kgan.objectives import details


@pytest.mark.parametrize(("name", "kind"), [("cycle_consistency", "CycleConsistency"), ("identity", "Identity")])
def test_both_are_found_by_name_and_come_back_from_their_config(name, kind):
    found = objectives.get({"class_name": kind, "config": {"weight": 3.0, "name": "mine"}})
    assert type(objectives.get(name)).__name__ == kind
    assert (found.weight, found.name) == (3.0, "mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(found))
    assert again.get_config() == found.get_config()
    with pytest.raises(ValueError, match="weight"):
        type(found)(-1.0)


@pytest.mark.parametrize("detail", [-1.0, float("nan"), float("inf"), True, "much"])
def test_details_out_of_range_are_refused(detail):
    for name in ("CycleConsistency", "Identity", "FaceReconstruction"):
        with pytest.raises(ValueError, match="Expected detail as a finite number of 0 or more"):
            getattr(objectives, name)(detail=detail)


def test_details_may_be_numbers_of_numpy():
    for detail in (np.float32(2), np.int64(2), 2):
        found = objectives.Identity(detail=detail).detail
        assert (type(found), found) == (float, 2.0)


def test_details_of_samples_that_are_no_pictures_are_refused():
    points = keras.Input((2,))
    model = kgan.CycleTranslation(
        *(keras.Model(points, keras.layers.Dense(2)(points)) for _ in range(2)),
        *(keras.Model(points, keras.layers.Dense(1)(points)) for _ in range(2)),
        seed=0,
        pool_size=0,
        identity=False,
    )
    with pytest.raises(ValueError, match=r"Expected pictures .* for 'cycle_consistency' with detail=2\.0"):
        model.compile(objectives=[objectives.CycleConsistency(detail=2.0)])


def test_pixels_that_differ_from_what_is_around_them_count_more():
    pictures = np.zeros((1, 20, 20, 2), np.float32)
    pictures[0, 10, 10] = 1.0, 0.0  # half a grey value, the only one
    weights = details.detail_weights(pictures, 6.0).numpy()[0, :, :, 0]
    far, near, there = 1.0, 1.0 + 6.0 * 0.5 / 49, 1.0 + 6.0 * 0.5 * 48 / 49
    mean = (far * (400 - 49) + near * 48 + there) / 400
    assert weights.mean() == pytest.approx(1.0, rel=1e-6)
    assert [weights[2, 2], weights[12, 9], weights[10, 10]] == pytest.approx([far / mean, near / mean, there / mean])


def test_a_picture_s_weights_do_not_depend_on_its_neighbours_in_the_batch():
    pictures = np.random.RandomState(0).uniform(-1.0, 1.0, (3, 12, 12, 3)).astype(np.float32)
    pictures[1] = 0.25  # flat
    together = details.detail_weights(pictures, 20.0).numpy()
    for one, weights in zip(pictures, together, strict=True):
        np.testing.assert_allclose(weights, details.detail_weights(one[None], 20.0).numpy()[0], rtol=1e-6)


def test_a_model_without_two_translators_is_refused():
    inputs = keras.Input((2,))
    gan = kgan.GAN(
        keras.Model(inputs, keras.layers.Dense(2)(inputs)), keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    )
    with pytest.raises(ValueError, match="as kgan.CycleTranslation has always"):
        gan.compile(objectives=["cycle_consistency"])


def test_an_output_that_nothing_reads_is_refused():
    with pytest.raises(ValueError, match="'a_kept', 'b_kept', which nothing uses"):
        compiled(lines(), objectives=["cycle_consistency"])

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import layers


def w_of(batch=4, size=3, seed=0):
    return np.random.RandomState(seed).standard_normal((batch, size)).astype(np.float32)


def test_at_inference_every_place_has_the_same_style():
    w = w_of()
    styles = layers.Styles(5)([w, w_of(seed=1)]).numpy()
    np.testing.assert_array_equal(styles, np.repeat(w[:, None], 5, axis=1))


def test_mixing_takes_the_second_w_from_a_random_place_on_at_the_rate_that_is_asked_for():
    first, second = np.zeros((2, 1), np.float32), np.ones((2, 1), np.float32)
    layer = layers.Styles(6, mixing=0.75, seed=0)
    seen = np.stack([layer([first, second], training=True).numpy()[:, :, 0] for _ in range(400)])
    np.testing.assert_array_equal(seen[:, 0], seen[:, 1])  # one draw for the batch
    own = 6 - seen[:, 0].sum(axis=1)  # places that keep the first w
    assert np.all(np.diff(seen[:, 0], axis=1) >= 0)
    assert np.mean(own < 6) == pytest.approx(0.75, abs=0.08)
    counts = np.bincount(own.astype(int), minlength=7)
    assert counts[0] == 0  # the first place never changes
    assert counts[1:6].min() > 30  # each cut alike: 60 of 400 are due


def test_a_step_that_is_a_graph_mixes_too():
    first, second = np.zeros((2, 1), np.float32), np.ones((2, 1), np.float32)
    layer = layers.Styles(6, mixing=1.0, seed=0)
    mixed = tf.function(lambda: layer([first, second], training=True))
    seen = np.stack([mixed().numpy()[:, :, 0] for _ in range(20)])
    assert len({tuple(one[0]) for one in seen}) > 2
    assert np.all(seen[:, :, 0] == 0) and np.all(seen[:, :, -1] == 1)  # noqa: PT018


def test_without_mixing_or_a_second_w_training_leaves_styles_as_they_are():
    w = w_of()
    for layer, given in ((layers.Styles(3, mixing=0.0), [w, w_of(seed=1)]), (layers.Styles(3), w)):
        np.testing.assert_array_equal(layer(given, training=True), np.repeat(w[:, None], 3, axis=1))


def test_the_mean_moves_in_training_alone_by_its_decay():
    w, layer = w_of(), layers.Styles(2, decay=0.9)
    layer([w, w])
    np.testing.assert_array_equal(layer.mean, np.zeros(3))
    for _ in range(2):
        layer([w, w_of(seed=1)], training=True)
    np.testing.assert_allclose(layer.mean, (1 - 0.9**2) * w.mean(axis=0), rtol=1e-5)


def test_truncation_draws_towards_the_mean():
    w, layer = w_of(), layers.Styles(2)
    layer(w)
    mean = np.float32([1.0, -2.0, 0.5])
    layer.mean.assign(mean)
    for psi in (0.0, 0.5, 1.0, 1.5):
        expected = np.repeat((mean + psi * (w - mean))[:, None], 2, axis=1)
        np.testing.assert_allclose(layer.truncated(w, psi), expected, rtol=1e-5, atol=1e-6)


def test_noise_is_drawn_anew_in_training_and_is_the_same_for_all_at_inference():
    layer, batch = layers.DrawnNoise(1000, seed=0), np.zeros((3, 2), np.float32)
    first, second = layer(batch, training=True).numpy(), layer(batch, training=True).numpy()
    assert first.shape == (3, 1000)
    assert np.abs(np.corrcoef([*first, *second]) - np.eye(6)).max() < 0.15
    assert np.std(first) == pytest.approx(1.0, abs=0.05)
    np.testing.assert_array_equal(layer(batch), layer(np.zeros((7, 2), np.float32)))
    assert layer(batch).shape == (1, 1000)


def test_maps_of_noise_lie_one_after_another():
    row = np.arange(2 * 10, dtype=np.float32).reshape(2, 10)
    small, large = layers.SplitNoise([(2, 2), (2, 3)])(row)
    np.testing.assert_array_equal(small[1, :, :, 0], [[10, 11], [12, 13]])
    np.testing.assert_array_equal(large[0, :, :, 0], [[4, 5, 6], [7, 8, 9]])


def test_second_latents_are_others_in_training_and_the_same_at_inference():
    z, layer = np.zeros((500, 4), np.float32), layers.MixingLatents(seed=0)
    np.testing.assert_array_equal(layer(z), z)
    others = layer(z, training=True).numpy()
    assert np.std(others) == pytest.approx(1.0, abs=0.05)
    assert not np.allclose(others, layer(z, training=True))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Styles(1), "Expected places >= 2"),
        (lambda: layers.Styles(4, mixing=1.1), r"Expected mixing in \[0, 1\]. Received: mixing=1.1"),
        (lambda: layers.Styles(4, decay=1.0), r"Expected decay in \[0, 1\). Received: decay=1.0"),
        (lambda: layers.DrawnNoise(0), "Expected size >= 1"),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_styles_and_noise_make_the_round_trip(tmp_path):
    z = keras.Input((3,))
    styles = layers.Styles(2, mixing=0.4, decay=0.5, seed=1)([z, layers.MixingLatents(seed=2)(z)])
    maps = layers.SplitNoise([(2, 2), (3, 1)])(layers.DrawnNoise(7, seed=3)(z))
    grid = layers.LearnedGrid((2, 2, 5), seed=4)(z)
    model = keras.Model(z, [*layers.SplitStyles()(styles), *maps, grid])
    model(w_of(), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(model.layers, loaded.layers, strict=True):
        assert one.get_config() == other.get_config()
    for one, other in zip(model(w_of()), loaded(w_of()), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_learned_grid_is_the_same_for_every_sample_and_learns():
    layer = layers.LearnedGrid((2, 3, 4), seed=0)
    images = layer(w_of()).numpy()
    np.testing.assert_array_equal(images, np.repeat(layer.grid.numpy()[None], 4, axis=0))
    assert [weight.name for weight in layer.trainable_variables] == ["grid"]

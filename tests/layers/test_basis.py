import keras
import numpy as np
import pytest

from kgan import layers


def test_a_vector_multiplies_the_channels_of_a_learned_picture(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.LearnedBasis((2, 4), seed=0)])
    x = np.random.RandomState(0).randn(5, 3).astype(np.float32)
    basis = model.layers[-1].basis.numpy()
    np.testing.assert_allclose(model(x), basis * x[:, None, None], rtol=1e-6)
    assert basis.shape == (2, 4, 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
    np.testing.assert_array_equal(loaded(x), model(x))


def test_the_picture_repeats_with_the_seed():
    first, second, other = (layers.LearnedBasis((9, 9), seed=seed) for seed in (1, 1, 2))
    for layer in (first, second, other):
        layer.build((None, 50))
    np.testing.assert_array_equal(first.basis, second.basis)
    assert not np.allclose(first.basis, other.basis)
    assert np.std(first.basis) == pytest.approx(1.0, rel=0.05)


def test_what_is_no_grid_or_no_vector_is_refused():
    with pytest.raises(ValueError, match=r"Expected grid as \(height, width\)\. Received: grid=\(2,\)"):
        layers.LearnedBasis((2,))
    with pytest.raises(ValueError, match="Expected grid >= 1, a whole number. Received: grid=0"):
        layers.LearnedBasis((2, 0))
    with pytest.raises(ValueError, match="Expected vectors"):
        layers.LearnedBasis((2, 2)).build((None, 4, 4))

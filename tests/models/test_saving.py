import keras
import numpy as np
import pytest
from pair_games import pairs, translator

import kgan


def fitted(model, epochs, initial_epoch=0):
    inputs, truths = pairs(20)
    model.fit(inputs, truths, batch_size=10, epochs=epochs, initial_epoch=initial_epoch, verbose=0)
    return model


@pytest.mark.slow  # of pairs; test_resume_order.py has random layers of both players
def test_dropout_goes_on_where_a_saved_model_left_off(tmp_path):
    """Keras leaves the state of a layer's seed generator out of its files."""
    model = translator()
    model.compile(keras.optimizers.SGD(1e-2), keras.optimizers.SGD(1e-2), jit_compile=False)
    fitted(model, epochs=1).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    dropouts = [layer for layer in loaded.generator.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropouts
    for one in dropouts:
        expected = model.generator.get_layer(one.name).seed_generator.state.numpy()
        np.testing.assert_array_equal(one.seed_generator.state.numpy(), expected)
    for found, expected in zip(
        fitted(loaded, epochs=2, initial_epoch=1).get_weights(),
        fitted(model, epochs=2, initial_epoch=1).get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_file_without_the_states_of_random_layers_loads(tmp_path, monkeypatch):
    model = translator()
    model.compile(jit_compile=False)
    with monkeypatch.context() as patch:
        patch.setattr(kgan.AdversarialModel, "_seeds", lambda self: {})
        model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs = pairs(3)[0]
    np.testing.assert_array_equal(loaded.translate(inputs), model.translate(inputs))

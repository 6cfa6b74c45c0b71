"""Each batch is brought to one form, and not the first alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from pair_games import linear_translator

import kgan
from batch_sources import GOOD, LABELS, POINTS, torch_tensors, tuple_of_arrays
from games import linear_game, small_dcgan


def game_of_labels():
    keras.utils.set_random_seed(1)
    latents, labels, sample = keras.Input((1,)), keras.Input((), dtype="int32"), keras.Input((1,))
    beside = keras.layers.Embedding(3, 1, embeddings_initializer="ones")(labels)
    generator = keras.Model([latents, labels], keras.layers.Dense(1)(keras.layers.Concatenate()([latents, beside])))
    return kgan.GAN(generator, keras.Model(sample, keras.layers.Dense(1)(sample)), num_classes=3, seed=0)


FORMS = {
    "columns": lambda x, y: (x, y[:, None]),
    "lists": lambda x, y: (x, y.tolist()),
    "tensors": lambda x, y: (tf.constant(x), tf.constant(y[:, None])),
    "torch": lambda x, y: torch_tensors(x, y[:, None]),
    "tuple": lambda x, y: ((x, y[:, None]),),
    "dictionary": lambda x, y: ({"image": x, "label": y[:, None]},),
}


def weights_and_figures(model, method, batches):
    """After the same batches, from the same start."""
    figures = [getattr(model, method)(*batch, return_dict=True) for batch in batches]
    return model.get_weights(), figures


def assert_equal_results(found, expected):
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert found[1] == expected[1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_each_batch_is_brought_to_one_form_and_not_the_first_alone(form, method):
    results = []
    for give in (lambda x, y: (x, y), FORMS[form]):
        gan = game_of_labels()
        gan.compile(jit_compile=False)
        results.append(weights_and_figures(gan, method, [give(POINTS[:8], LABELS[:8].astype("int64"))] * 3))
    assert_equal_results(results[1], results[0])


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_labels_that_no_network_takes_are_dropped_from_each_batch(method):
    results = []
    for batch in ((POINTS[:8],), (POINTS[:8], [["no"], ["label"]])):
        keras.utils.set_random_seed(0)
        gan = linear_game()
        gan.compile(jit_compile=False)
        results.append(weights_and_figures(gan, method, [batch] * 3))
    assert_equal_results(results[1], results[0])


@pytest.mark.parametrize("give", [torch_tensors, tuple_of_arrays, lambda *parts: tuple(map(tf.constant, parts))])
@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_each_batch_of_pairs_is_brought_to_one_form(give, method):
    pair = np.full((4, 16, 16, 1), -0.5, "float32"), np.full((4, 16, 16, 1), -1.0, "float32")
    results = []
    for batch in (pair, give(*pair), (give(*pair),)):
        model = linear_translator()
        model.compile(jit_compile=False)
        results.append(weights_and_figures(model, method, [batch] * 3))
    for result in results[1:]:
        assert_equal_results(result, results[0])


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_a_second_batch_is_traced_no_second_time(method):
    gan = small_dcgan(num_classes=3)
    gan.compile(jit_compile=False)
    traces = []
    step = gan.train_step if method == "train_on_batch" else gan.test_step
    setattr(gan, step.__name__, lambda data: traces.append(data) or step(data))
    for give in (FORMS["columns"], FORMS["tensors"], lambda x, y: (x, y)):
        getattr(gan, method)(*give(GOOD, LABELS))
    assert len(traces) == 1


def test_a_tuple_of_arrays_is_what_two_arguments_are():
    weights = []
    for given in ((POINTS, LABELS), ((POINTS, LABELS),), ({"image": POINTS, "label": LABELS},)):
        gan = game_of_labels()
        gan.compile(jit_compile=False)
        gan.fit(*given, batch_size=8, verbose=0)
        weights.append(gan.get_weights())
    for other in weights[1:]:
        for ours, theirs in zip(weights[0], other, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ValueError, match=r"Received: a tuple \(x, y\) and an argument y"):
        gan.fit((POINTS, LABELS), LABELS)
    small = linear_game()
    small.compile(jit_compile=False)
    small.fit((POINTS,), batch_size=4, verbose=0)
    assert int(small.images_seen.numpy()) == 16

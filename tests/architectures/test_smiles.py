"""Networks of molecules: states of recurrent cells, by their equations."""

import numpy as np
import pytest

from kgan import architectures


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def test_two_layers_of_lstm_are_four_states_and_scores_read_the_last_output():
    network = architectures.smiles_generator((5, 3), width=4, embedding=2, layers=2, cell="lstm", seed=0)
    assert [one.name for one in network.inputs] == ["token", "state_0", "state_1", "state_2", "state_3"]
    random = np.random.default_rng(0)
    token = np.eye(3, dtype=np.float32)[[2, 0]]
    states = [random.normal(size=(2, 4)).astype(np.float32) for _ in range(4)]
    found = {name: value.numpy() for name, value in network([token, *states]).items()}

    x, weights = token @ network.get_layer("embedding").get_weights()[0], {}
    for layer in range(2):
        kernel, recurrent, bias = network.get_layer(f"cell_{layer}").get_weights()
        hidden, memory = states[2 * layer : 2 * layer + 2]
        enter, forget, new, leave = np.split(x @ kernel + hidden @ recurrent + bias, 4, axis=1)
        memory = sigmoid(forget) * memory + sigmoid(enter) * np.tanh(new)
        x = sigmoid(leave) * np.tanh(memory)
        weights |= {f"next_state_{2 * layer}": x, f"next_state_{2 * layer + 1}": memory}
    kernel, bias = network.get_layer("scores").get_weights()
    for name, expected in {**weights, "scores": x @ kernel + bias}.items():
        np.testing.assert_allclose(found[name], expected, atol=1e-6)


def test_a_cell_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="cell to be one of gru, lstm. Received: cell='rnn'"):
        architectures.smiles_generator((5, 3), width=4, embedding=2, cell="rnn")

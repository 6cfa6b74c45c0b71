"""Steps with branches, whose ways XLA compiles one by one."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import Waves, small_dcgan
from kgan._kernels import library
from kgan._step import compiled_branches

pytestmark = pytest.mark.xla


def test_each_way_is_taken_where_its_answers_hold_and_traced_once():
    traced = []

    def take(decided):
        traced.append(dict(decided))
        return {"value": tf.constant(100 * decided["hundred"] + 10 * decided["ten"] + decided["one"])}

    @tf.function
    def step(number):
        questions = {"one": number % 10 > 0, "ten": number // 10 % 10 > 0, "hundred": number > 99}
        return compiled_branches.compiled_apart(questions, take)["value"]

    for number in (0, 1, 10, 11, 100, 101, 110, 111):
        assert int(step(tf.constant(number))) == number
    assert len(traced) == 8


GAMES = {
    "discriminator steps": {"discriminator_steps": 3},
    "a lazy penalty": {"penalties": [kgan.penalties.R1(1.0, every=4)]},
    "both": {"discriminator_steps": 2, "penalties": [kgan.penalties.R1(1.0, every=3), "r2"]},
}


@pytest.mark.parametrize(
    "arguments",
    [
        GAMES["discriminator steps"],
        pytest.param(GAMES["a lazy penalty"], marks=pytest.mark.slow),
        pytest.param(GAMES["both"], marks=pytest.mark.slow),
    ],
    ids=GAMES,
)
def test_ways_compiled_apart_play_the_game_that_one_graph_with_branches_plays(arguments, small_images):
    weights = []
    for jit_compile in (True, False):
        gan = small_dcgan(latents=Waves(), ema_half_life=100)
        gan.compile(*(keras.optimizers.SGD(0.05) for _ in range(2)), **arguments, jit_compile=jit_compile)
        assert gan.uses_xla is jit_compile
        gan.fit(small_images, batch_size=20, epochs=1, shuffle=False, verbose=0)
        weights.append([variable.numpy() for variable in gan.variables])
    for apart, together in zip(*weights, strict=True):
        np.testing.assert_allclose(apart, together, atol=2e-5)


@pytest.mark.slow
def test_a_step_is_traced_once_for_each_way(small_images):
    gan = small_dcgan()
    gan.compile(**GAMES["both"], jit_compile=True)
    ways = []
    iteration = gan._iteration
    gan._iteration = lambda data, decided: (ways.append(tuple(decided.values())), iteration(data, decided))[1]
    gan.fit(small_images, batch_size=20, epochs=3, verbose=0)
    assert len(ways) == (4 if library.has_only_cpu() else 1)
    assert len(set(ways)) == len(ways)


@pytest.mark.slow
@pytest.mark.skipif(not library.has_only_cpu(), reason="on a GPU a step with branches is compiled as a whole")
def test_a_seed_repeats_a_game_with_branches_bit_for_bit(small_images):
    runs = []
    for _ in range(2):
        gan = small_dcgan()
        gan.compile(**GAMES["both"])
        gan.fit(small_images, batch_size=20, epochs=2, verbose=0)
        runs.append([variable.numpy() for variable in gan.variables])
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)

import keras
import numpy as np

import kgan
from games import linear_game
from kgan._support import seeds


def run():
    keras.utils.set_random_seed(7)
    gan = linear_game(seed=None)
    gan.compile(jit_compile=False)
    gan.fit(np.arange(8, dtype="float32")[:, None], batch_size=4, verbose=0)
    return gan.seed, [*gan.get_weights(), gan.generate(3)]


def test_two_programs_with_the_same_seed_of_keras_end_with_the_same_weights_and_draw_the_same_samples():
    (first, ours), (second, theirs) = run(), run()
    assert first == second
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_models_of_one_program_have_seeds_of_their_own_and_another_seed_gives_others():
    found = set()
    for seed in (7, 8):
        keras.utils.set_random_seed(seed)
        found |= {linear_game(seed=None).seed for _ in range(2)}
        found |= {kgan.AdversarialModel(linear_game().generator, linear_game().discriminator).seed}
    assert len(found) == 6


def test_a_seed_that_is_given_stays(monkeypatch):
    assert linear_game(seed=5).seed == 5
    np.testing.assert_array_equal(kgan.latents.Normal().draw(2, 3, 4), kgan.latents.Normal().draw(2, 3, 4))


def test_without_a_seed_of_keras_s_a_fresh_one_comes_from_the_operating_system():
    import random

    keras.backend.clear_session()  # forgets the seed, too
    drawn = []
    for _ in range(2):
        random.seed(0)
        drawn.append(seeds.fresh(2**31))
    assert drawn[0] != drawn[1]
    assert all(0 <= one < 2**31 for one in drawn)

"""Fresh seeds: from Keras's where `keras.utils.set_random_seed` was called, else from the operating system."""

import random
import secrets

from keras.src.backend.common import global_state

_SET_BY_KERAS = "global_random_seed"  # what `keras.utils.set_random_seed` was called with


def fresh(below: int) -> int:
    """A seed from 0 to `below` - 1, another at each call.

    After `keras.utils.set_random_seed` it comes from Python's generator, which that seeds and which Keras's own layers
    take theirs from, so that a program repeats itself.
    """
    if global_state.get_global_attribute(_SET_BY_KERAS) is None:
        return secrets.randbelow(below)
    return random.randrange(below)

"""A step that takes one of several ways, each compiled by XLA on its own.

XLA's convolutions on a CPU run on one core within a branch. So the branch lies outside: TensorFlow chooses among
functions that XLA compiled without any. Each is compiled when it is first taken.
"""

import itertools
from collections.abc import Callable, Hashable, Mapping

import tensorflow as tf

Decisions = Mapping[Hashable, bool]


def compiled_apart(questions: Mapping[Hashable, tf.Tensor], take: Callable[[Decisions], dict]) -> dict:
    """Takes the way that the answers to some questions say.

    Args:
        questions: Boolean scalar tensors, whose values are known when the step runs.
        take: Builds the way for given answers. It is traced once for each combination of them.

    Returns:
        What `take` returns, a structure of tensors that is the same for all.
    """
    index = tf.add_n([tf.cast(answer, tf.int32) * 2**place for place, answer in enumerate(questions.values())])

    def way(decided: Decisions):
        return tf.function(lambda: take(decided), autograph=False, jit_compile=True)

    # The first question is the lowest bit of the index.
    answers = itertools.product((False, True), repeat=len(questions))
    return tf.switch_case(index, [way(dict(zip(questions, reversed(one), strict=True))) for one in answers])

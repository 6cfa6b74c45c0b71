"""The machine's own rate: an "iteration" is a product of 2,048 x 2,048 float32."""

import numpy as np
import tensorflow as tf
from pairing import MATRIX_SIDE, Game, serve


def main(game: Game, images: np.ndarray):
    """Returns what multiplies once; the game makes no difference."""
    matrix = tf.random.normal((MATRIX_SIDE, MATRIX_SIDE))
    return tf.function(lambda: tf.matmul(matrix, matrix), autograph=False)


if __name__ == "__main__":
    serve(main)

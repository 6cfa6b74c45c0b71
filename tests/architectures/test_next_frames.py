"""Networks for films."""

import numpy as np
import pytest

from kgan import architectures

FILMS = np.random.RandomState(0).uniform(-1, 1, (2, 3, 16, 16, 2)).astype(np.float32)


def test_more_frames_are_made_by_the_same_weights_from_its_own_frames():
    one = architectures.next_frames_generator((3, 16, 16, 2), 1, width=4, seed=0)
    four = architectures.next_frames_generator((3, 16, 16, 2), 4, width=4, step=1, seed=0)
    assert one.count_params() == four.count_params()
    four.set_weights(one.get_weights())
    seen = FILMS
    for number in range(4):
        frame = one(seen).numpy()
        np.testing.assert_allclose(four(FILMS).numpy()[:, number], frame[:, 0], atol=1e-5)
        seen = np.concatenate([seen, frame], axis=1)[:, 1:]


def test_a_network_that_moves_what_it_saw_keeps_it_where_its_kernels_point():
    network = architectures.next_frames_generator((3, 16, 16, 1), 2, width=4, reach=2, seed=0)
    last = network.get_layer("unet").layers[-1]
    kernel, bias = (np.zeros(weight.shape, np.float32) for weight in last.get_weights())
    bias[1] = -1e3  # the mask: nothing is drawn anew
    bias[2 + 1] = bias[2 + 5 + 2] = 1e3  # from the row above, and from the same column
    last.set_weights([kernel, bias])
    made = network(FILMS[..., :1]).numpy()
    np.testing.assert_allclose(made[:, 0, 1:], FILMS[:, -1, :-1, :, :1], atol=1e-6)
    np.testing.assert_allclose(made[:, 1, 2:], FILMS[:, -1, :-2, :, :1], atol=1e-6)
    bias[1] = 1e3  # all is drawn anew: tanh of the first channel
    bias[0] = 0.5
    last.set_weights([kernel, bias])
    np.testing.assert_allclose(network(FILMS[..., :1]), np.tanh(0.5), atol=1e-6)


def test_a_film_s_discriminator_sees_the_given_frames_before_those_that_follow():
    network = architectures.film_discriminator((2, 16, 16, 1), (3, 16, 16, 1), width=4, layers=1, seed=0)
    alone = architectures.film_discriminator((5, 16, 16, 1), width=4, layers=1, seed=0)
    alone.set_weights(network.get_weights())
    given, following = FILMS[..., :1], FILMS[:, :2, ..., 1:]
    np.testing.assert_allclose(
        network([following, given]), alone(np.concatenate([given, following], axis=1)), atol=1e-6
    )


def test_a_frame_s_discriminator_says_of_each_frame_what_it_says_of_it_in_any_other_film():
    network = architectures.frame_discriminator((3, 16, 16, 2), width=4, layers=1, normalization=None, seed=0)
    turned = network(FILMS[:, ::-1]).numpy()
    np.testing.assert_allclose(network(FILMS).numpy()[:, ::-1], turned, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: architectures.next_frames_generator((16, 16, 1)), "Expected input_shape as"),
        (lambda: architectures.next_frames_generator((3, 16, 16, 1), 0), "Expected output_frames"),
        (lambda: architectures.next_frames_generator((3, 16, 16, 1), 4, step=3), "Expected step as a divisor"),
        (lambda: architectures.next_frames_generator((3, 16, 16, 1), 4, step=2, reach=1), "Expected step=1 with reach"),
        (lambda: architectures.next_frames_generator((3, 16, 16, 1), 4, reach=0), "Expected reach"),
        (lambda: architectures.next_frames_generator((3, 15, 15, 1)), "Expected sides that can be halved"),
        (lambda: architectures.film_discriminator((2, 16, 16, 1), (3, 8, 8, 1)), "Expected frames of one shape"),
        (lambda: architectures.film_discriminator((16, 16, 1)), "Expected sample_shape as"),
        (lambda: architectures.frame_discriminator((16, 16, 1)), "Expected sample_shape as"),
    ],
)
def test_what_is_no_film_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()

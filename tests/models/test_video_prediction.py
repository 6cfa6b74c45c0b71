"""kgan.VideoPrediction: what it takes, and how it goes on with its own frames."""

import films
import keras
import numpy as np
import pytest
import video_games

import kgan

FILMS = films.squares(3, frames=6, size=video_games.SIZE)


@pytest.fixture(scope="module")
def model():
    return video_games.compiled()


def test_frames_beyond_what_it_makes_at_once_follow_from_its_own(model):
    first = model.translate(FILMS[:, -3:])
    given = np.concatenate([FILMS[:, -3:].astype(np.float32) / 127.5 - 1.0, first], axis=1)[:, -3:]
    second = model.translate(given)
    expected = np.concatenate([first, second], axis=1)[:, :3]
    np.testing.assert_allclose(model.continued(FILMS, frames=3), expected, atol=1e-5)


def test_one_step_is_that_of_both_discriminators_and_both_objectives(model):
    logs = model.train_on_batch(FILMS[:, :3], FILMS[:, 3:5], return_dict=True)
    terms = ("film_generator_loss", "picture_generator_loss", "generator_l1_loss")
    assert all(np.isfinite(logs[name]) for name in (*terms, "generator_gradient_difference_loss"))


def test_the_film_s_discriminator_is_given_the_frames_before_and_that_of_pictures_is_not(model):
    batch = model.batch((FILMS[:, :3], FILMS[:, 3:5]), training=False)
    assert [len(batch.conditions_of(name)) for name in ("film", "picture")] == [1, 0]


def test_a_saved_model_goes_on_as_it_was(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.input_frames, loaded.output_frames) == (3, 2)
    np.testing.assert_array_equal(loaded.continued(FILMS, 3), model.continued(FILMS, 3))


@pytest.mark.parametrize(
    ("films", "frames", "words"),
    [
        (FILMS, 0, "Expected frames"),
        (FILMS[:, :2], 1, "at least 3 frames"),
        (FILMS[0], 1, "Expected films"),
        (FILMS[:, :, :8], 1, "This is about the inputs"),
    ],
)
def test_films_that_do_not_fit_are_refused(model, films, frames, words):
    with pytest.raises(ValueError, match=words):
        model.continued(films, frames)


def test_networks_of_pictures_are_refused():
    networks = kgan.architectures
    with pytest.raises(ValueError, match="Expected a generator from films"):
        kgan.VideoPrediction(
            networks.unet_generator((16, 16, 1), width=4, depth=2),
            networks.patchgan_discriminator((16, 16, 1), width=4, layers=1),
        )

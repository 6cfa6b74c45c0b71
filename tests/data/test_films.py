"""Windows of films: from a folder of any forms, from arrays, and of moving digits."""

import importlib.util

import films as made
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan import data
from kgan.data import DataError
from kgan.data.windows import places


@pytest.fixture
def folder(tmp_path):
    """Four films of 12 frames: a GIF, an animated WebP, frames and an array."""
    films = made.squares(4, frames=12, channels=3)
    made.write_gif(tmp_path / "a.gif", films[0])
    pictures = [Image.fromarray(frame) for frame in films[1]]
    pictures[0].save(tmp_path / "b.webp", save_all=True, append_images=pictures[1:], duration=100, lossless=True)
    made.write_frames(tmp_path / "c", films[2])
    np.save(tmp_path / "d.npy", films[3])
    return tmp_path


def batches(dataset):
    return [tuple(np.asarray(side) for side in batch) for batch in dataset.as_numpy_iterator()]


def windows_of(film, frames):
    return [film[start : start + frames] for start in range(len(film) - frames + 1)]


def test_films_of_any_form_become_the_last_frames_and_those_that_follow(folder):
    films = made.squares(4, frames=12, channels=3)
    splits = data.load_films(folder, 1, input_frames=2, target_frames=3, validation_split=0.0)
    assert (splits.input_shape, splits.sample_shape, splits.count) == ((2, 16, 16, 3), (3, 16, 16, 3), 8)
    known = [window.tobytes() for film in films[[0, 1, 2, 3]] for window in windows_of(film, 5)]
    for given, following in batches(splits.train):
        assert np.concatenate([given[0], following[0]]).tobytes() in known
    assert splits.found.formats == {"GIF": 1, "WEBP": 1, "folders of frames": 1, "NPY": 1}


def test_frames_are_in_the_order_of_their_numbers_and_not_of_their_letters(tmp_path):
    film = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    made.write_frames(tmp_path / "film", film)
    splits = data.load_films(tmp_path, 1, input_frames=6, target_frames=6, validation_split=0.0)
    ((given, following),) = batches(splits.train)
    assert given[0, :, 0, 0, 0].tolist() == list(range(6))
    assert following[0, :, 0, 0, 0].tolist() == list(range(6, 12))


def test_an_epoch_is_a_function_of_seed_and_epoch_so_that_a_resumed_run_sees_what_another_does():
    films = made.squares(6, frames=20)

    one, two, other = (data.load_films(films, 2, input_frames=2, target_frames=2, flip=True, seed=n) for n in (1, 1, 2))
    first, second = batches(one.train), batches(one.train)
    for left, right in zip([*first, *second], [*batches(two.train), *batches(two.train)], strict=True):
        np.testing.assert_array_equal(left[0], right[0])
        np.testing.assert_array_equal(left[1], right[1])
    for drawn in (second, batches(other.train)):
        assert any((left[0] != right[0]).any() for left, right in zip(first, drawn, strict=True))


def test_held_out_films_are_whole_films_and_always_the_same_windows():
    films = np.arange(10, dtype=np.uint8)[:, None, None, None, None] * np.ones((1, 8, 4, 4, 1), np.uint8)
    splits = data.load_films(films, 1, input_frames=2, target_frames=2, validation_split=0.2)
    held_out = {int(given[0, 0, 0, 0, 0]) for given, _ in batches(splits.validation)}
    trained = {int(given[0, 0, 0, 0, 0]) for given, _ in batches(splits.train)}
    assert len(held_out) == 2
    assert trained == set(range(10)) - held_out
    assert splits.held_out == 4


def test_of_a_single_film_the_end_is_held_out():
    film = np.arange(40, dtype=np.uint8)[None, :, None, None, None] * np.ones((1, 1, 4, 4, 1), np.uint8)
    splits = data.load_films(film, 1, input_frames=2, target_frames=2, validation_split=0.25)
    assert [int(given[0, 0, 0, 0, 0]) for given, _ in batches(splits.validation)] == [30, 33]
    assert max(int(following.max()) for _, following in batches(splits.train)) < 30


def test_train_and_test_folders_are_what_they_say(tmp_path):
    for side, count in (("train", 3), ("test", 2)):
        for number, film in enumerate(made.squares(count, seed=count)):
            (tmp_path / side).mkdir(exist_ok=True)
            made.write_gif(tmp_path / side / f"{number}.gif", film)
    splits = data.load_films(tmp_path, 1, input_frames=4, target_frames=4)
    assert (splits.count, splits.held_out) == (3, 2)


def test_windows_cover_a_film_evenly():
    found = places([20], [0], 5)
    assert found == [(0, 0, 3), (0, 4, 7), (0, 8, 11), (0, 12, 15)]


def test_a_faster_film_is_brought_to_the_rate_by_leaving_frames_out(tmp_path):
    numbers = np.arange(1, 25, dtype=np.uint8)[:, None, None, None] * np.full((1, 8, 8, 1), 10, np.uint8)
    made.write_gif(tmp_path / "fast.gif", numbers, rate=20)
    made.write_gif(tmp_path / "slow.gif", numbers[:12], rate=10)
    with pytest.raises(DataError, match=r"Received: slow.gif with 10 and fast.gif with 20. Pass rate=10"):
        data.load_films(tmp_path, 1, input_frames=6, target_frames=6)
    splits = data.load_films(tmp_path, 1, input_frames=6, target_frames=6, rate=10, validation_split=0.0)
    starts = sorted(
        np.concatenate([given[0], following[0]])[:, 0, 0, 0].tolist() for given, following in batches(splits.train)
    )
    assert starts == sorted([list(range(10, 130, 10)), list(range(10, 250, 20))])
    with pytest.raises(DataError, match="Expected films of at least rate=15 frames a second. Received: slow.gif"):
        data.load_films(tmp_path, 1, input_frames=2, target_frames=2, rate=15)


def test_films_of_other_sizes_are_refused_unless_a_size_is_given(tmp_path):
    made.write_gif(tmp_path / "a.gif", made.squares(1, size=16)[0])
    made.write_gif(tmp_path / "b.gif", made.squares(1, size=32)[0])
    with pytest.raises(DataError, match=r"Expected films of one size. .* Pass image_size=64"):
        data.load_films(tmp_path, 1)
    assert data.load_films(tmp_path, 1, image_size=16).sample_shape == (4, 16, 16, 1)


def test_films_that_are_too_short_are_left_out_and_named_and_refused_where_all_are(tmp_path):
    made.write_gif(tmp_path / "long.gif", made.squares(1, frames=12)[0])
    made.write_gif(tmp_path / "short.gif", made.squares(1, frames=5)[0])
    splits = data.load_films(tmp_path, 1, validation_split=0.0)
    assert splits.skipped == {"short.gif": "5 frames, where 8 were due"}
    with pytest.raises(DataError, match=r"at least 20 frames, .* Received: 2 shorter of 2: long.gif of 12"):
        data.load_films(tmp_path, 1, input_frames=10, target_frames=10)


def test_a_damaged_film_is_left_out_and_listed_and_an_error_where_strict(folder):
    (folder / "e.gif").write_bytes(b"GIF89a" + bytes(20))
    splits = data.load_films(folder, 1)
    assert list(splits.skipped) == ["e.gif"]
    with pytest.raises(DataError, match="Expected films that can be read. Received: e.gif"):
        data.load_films(folder, 1, strict=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input_frames": 0}, "Expected input_frames"),
        ({"target_frames": 0}, "Expected target_frames"),
        ({"rate": -1.0}, "Expected rate in frames a second, above 0"),
        ({"flip": "yes"}, "Expected flip to be True or False"),
        ({"channels": 4}, "Expected channels as 'grey'"),
        ({"batch_size": 100}, "Expected batch_size from 1"),
        ({"validation_split": 1.0}, "Expected validation_split"),
    ],
)
def test_what_cannot_be_is_refused_by_the_argument_s_name(folder, options, words):
    with pytest.raises(DataError, match=words):
        data.load_films(folder, **{"batch_size": 1, "input_frames": 2, "target_frames": 2, **options})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere/", "does not exist"),
        ("digits", "Expected a folder of films .* Received: 'digits'"),
        (np.zeros((4, 8, 8), np.uint8), "Expected films"),
        (np.full((1, 8, 4, 4, 1), np.nan, np.float32), r"Expected finite floats in \[-1, 1\]"),
        (np.full((1, 8, 4, 4, 1), 7.0, np.float32), r"Expected finite floats in \[-1, 1\]"),
        (np.zeros((1, 8, 4, 4, 1), np.int64), "uint8"),
    ],
)
def test_other_sources_are_refused(source, words):
    with pytest.raises(DataError, match=words):
        data.load_films(source, 1)


def test_an_empty_folder_and_one_of_other_files_are_refused(tmp_path):
    with pytest.raises(DataError, match="Expected films .* Received: none"):
        data.load_films(tmp_path, 1)
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(DataError, match="Expected films .* Received: none"):
        data.load_films(tmp_path, 1)


def test_films_are_no_samples_of_the_loader_of_pictures():
    with pytest.raises(DataError, match="which are films. Load them with kgan.data.load_films"):
        data.load("moving_digits")


def test_data_are_known_again_by_the_films_and_by_which_are_held_out(folder):
    first, again = (data.load_films(folder, 1, validation_split=0.25, seed=0) for _ in range(2))
    other = data.load_films(folder, 1, validation_split=0.25, seed=3)
    assert first.fingerprint.digest == again.fingerprint.digest != other.fingerprint.digest


@pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="needs PyAV, kgan[video]")
def test_a_video_is_read_frame_by_frame(tmp_path):
    import av

    film = np.arange(10, 210, 20, dtype=np.uint8)[:, None, None, None] * np.ones((1, 32, 32, 3), np.uint8)
    with av.open(str(tmp_path / "film.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for frame in film:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        out.mux(stream.encode())
    splits = data.load_films(tmp_path, 1, input_frames=5, target_frames=5, validation_split=0.0)
    ((given, following),) = batches(splits.train)
    levels = np.concatenate([given, following], axis=1)[0].mean(axis=(1, 2, 3))
    np.testing.assert_allclose(levels, film[:, 0, 0, 0], atol=6)
    assert "10 frames a second" in " ".join(splits.found.lines())


def test_videos_without_their_reader_say_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr("kgan.data.sources.film_files.without_av", lambda: True)
    (tmp_path / "film.mp4").write_bytes(bytes(10))
    with pytest.raises(DataError, match=r"no PyAV. pip install 'kgan\[video\]' brings it"):
        data.load_films(tmp_path, 1)


# --- moving digits ---


def test_moving_digits_depend_on_seed_and_number_alone():
    films = kgan.data.moving_digits(4, frames=6, seed=3)
    np.testing.assert_array_equal(films[2:], kgan.data.moving_digits(2, frames=6, seed=3, first=2))
    assert (films != kgan.data.moving_digits(4, frames=6, seed=4)).any()
    np.testing.assert_array_equal(films[:, :3], kgan.data.moving_digits(4, frames=3, seed=3))


def test_a_digit_keeps_its_light_and_its_speed_between_bounces():
    film = kgan.data.moving_digits(1, frames=40, digits=1, seed=5)[0, ..., 0].astype(np.float64)
    light = film.sum(axis=(1, 2))
    np.testing.assert_allclose(light, light[0], rtol=2e-3)  # whole in each frame, to the rounding of pixels
    rows, columns = np.mgrid[:64, :64]
    centres = np.array([[(frame * one).sum() / frame.sum() for one in (rows, columns)] for frame in film])
    steps = np.diff(centres, axis=0)
    changes = np.abs(np.diff(steps, axis=0)).max(axis=1)
    even = changes < 0.02  # a fiftieth of a pixel; what is not is a bounce
    assert even.mean() > 0.6
    assert changes[~even].min() > 0.1
    speeds = np.linalg.norm(steps[1:][even], axis=1)
    assert speeds.min() > 2.0
    assert speeds.max() < 4.0


def test_overlapping_digits_show_the_brighter_pixel():
    both = kgan.data.moving_digits(1, frames=1, digits=2, seed=1)
    assert both.max() == 255


@pytest.mark.parametrize("options", [{"count": 0}, {"frames": 0}, {"size": 20}, {"digits": 0}, {"seed": -1}])
def test_moving_digits_refuse_what_cannot_be(options):
    with pytest.raises(ValueError, match=f"Expected {next(iter(options))}"):
        kgan.data.moving_digits(**{"count": 1, **options})

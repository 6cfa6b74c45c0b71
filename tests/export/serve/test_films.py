"""`POST /apply` of a network of films: the film and what follows, and which films are not even decoded."""

import io
import json
import struct
import threading

import film_networks
import films
import numpy as np
import pytest
import video_games
from film_networks import HEIGHT, WIDTH
from PIL import Image

import kgan
from kgan.export import serve
from kgan.export.portable.film import Predictor, continue_film
from kgan.export.portable.film_files import read_film
from kgan.export.serve import filming
from kgan.export.serve.admission import Hold
from kgan.export.serve.answers import Gone
from kgan.export.serve.gif_blocks import size_and_frames
from kgan.export.serve.kinds import Asked
from served import Served, assert_others_are_answered_while

EACH = HEIGHT * WIDTH
GIF, NPY = {"Content-Type": "image/gif"}, {"Content-Type": "application/x-npy"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return film_networks.brighter(tmp_path_factory.mktemp("films") / "generator.onnx")


@pytest.fixture(scope="module")
def served(bundle):
    with Served(bundle, pixels=40 * EACH, body=50_000) as one:
        yield one


def gif(film, **how):
    content = io.BytesIO()
    pictures = [Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame) for frame in film]
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], **{"duration": 50, "loop": 0, **how})
    return content.getvalue()


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


FILM = film_networks.film()
SOUND = gif(FILM)


def test_a_film_comes_back_as_kgan_apply_writes_it(served, bundle, tmp_path):
    (tmp_path / "in.gif").write_bytes(SOUND)
    continue_film(bundle, tmp_path / "in.gif", tmp_path / "out.gif", frames=5)
    answer = served.ask("POST", "/apply?frames=5", SOUND, GIF)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
    assert answer.content == (tmp_path / "out.gif").read_bytes()
    film, rate = read_film(tmp_path / "out.gif")
    assert (len(film), rate) == (9, pytest.approx(20.0))
    np.testing.assert_array_equal(film[:4], FILM)


def test_an_array_comes_back_as_one_when_that_is_asked_for_and_each_two_frames_are_a_step_brighter(served):
    answer = served.ask("POST", "/apply?frames=3", npy(FILM), NPY | {"Accept": "application/x-npy"})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-npy")
    found = np.load(io.BytesIO(answer.content))
    assert (found.dtype, found.shape) == (np.uint8, (7, HEIGHT, WIDTH, 1))
    np.testing.assert_array_equal(found[:4], FILM)
    step = 0.25 * 255 / 2
    for made, seen, steps in ((4, 2, 1), (5, 3, 1), (6, 2, 2)):
        np.testing.assert_allclose(found[made], np.minimum(FILM[seen] + steps * step, 255), atol=0.51)
    plain = served.ask("POST", "/apply?frames=3", npy(FILM[..., 0]), {"Content-Type": "application/octet-stream"})
    assert (plain.status, plain.headers["Content-Type"]) == (200, "image/gif")


def test_ten_frames_follow_without_a_word_as_with_kgan_apply(served):
    answer = served.ask("POST", "/apply", npy(FILM), NPY | {"Accept": "application/x-npy"})
    assert len(np.load(io.BytesIO(answer.content))) == 4 + 10


def test_a_grey_film_is_continued_in_colour_by_a_network_of_colours(tmp_path):
    with Served(film_networks.brighter(tmp_path / "generator.onnx", channels=3)) as one:
        answer = one.ask("POST", "/apply?frames=1", npy(FILM), NPY | {"Accept": "application/x-npy"})
    found = np.load(io.BytesIO(answer.content))
    assert found.shape == (5, HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(found[:4], np.repeat(FILM, 3, axis=-1))


@pytest.mark.slow
def test_a_bundle_that_was_exported_is_served(tmp_path):
    kgan.export.save(video_games.compiled(), tmp_path / "bundle", formats=("onnx",))
    film = films.squares(1, frames=6, size=16, seed=2)[0]
    with Served(tmp_path / "bundle") as one:
        assert json.loads(one.ask("GET", "/bundle").content)["input_shape"] == [3, 16, 16, 1]
        answer = one.ask("POST", "/apply?frames=5", npy(film), NPY | {"Accept": "application/x-npy"})
    expected = Predictor(tmp_path / "bundle").predict(film, frames=5)
    np.testing.assert_array_equal(np.load(io.BytesIO(answer.content)), np.concatenate([film, expected]))


def test_while_a_film_is_looked_at_others_are_answered(served, monkeypatch):
    assert_others_are_answered_while(
        monkeypatch, filming, "size_and_frames", served, lambda: served.ask("POST", "/apply", SOUND, GIF)
    )


def test_what_nobody_waits_for_any_more_is_not_made(bundle, monkeypatch):
    predictor, gone, runs, counted = Predictor(bundle), threading.Event(), [], []
    real = predictor._run

    def run(seen):
        runs.append(len(seen))
        if len(runs) == 2:
            gone.set()
        return real(seen)

    monkeypatch.setattr(predictor, "_run", run)
    asked = Asked(SOUND, "image/gif", {"frames": 30})
    with pytest.raises(Gone):
        filming.Films(predictor, serve.Limits()).answer(asked, Hold(lambda *pixels: counted.append(pixels)), gone)
    assert len(runs) == 2
    assert counted == [(0, (4 + 30) * EACH)]


def larger(content, size):
    """A GIF whose screen is said to be of another size, and its pictures as they were."""
    return content[:6] + struct.pack("<HH", *size) + content[10:]


def shifted(content):
    """A GIF whose last picture lies beyond its screen."""
    at = content.rindex(b"\x2c" + struct.pack("<HHHH", 0, 0, WIDTH, HEIGHT))
    return content[: at + 1] + struct.pack("<HHHH", 60_000, 60_000, WIDTH, HEIGHT) + content[at + 9 :]


WHOLE = gif(np.stack([np.full((HEIGHT, WIDTH, 1), 60 * number, np.uint8) for number in range(4)]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expected a film: a GIF, or an array of frames. Received: no GIF."),
        (b"GIF89a" + bytes(20), "Received: a screen of 0 x 0."),
        (SOUND[:-3], "Received: the end within a block."),
        (larger(SOUND, (60_000, 60_000)), "Expected a film of 12 x 8 pixels (width x height), as the network was"),
        (larger(SOUND, (4, 4)), "on a screen of 4 x 4."),
        (shifted(WHOLE), "Received: a picture of 12 x 8 at 60000, 60000 on a screen of 12 x 8."),
        (WHOLE[:13] + b"!\x01\0" + WHOLE[13:], "Received: "),
        (gif(FILM[:2]), "Expected a film of at least 3 frames, which the network is given. Received: 2."),
        (gif(np.repeat(FILM, 3, axis=-1) * np.uint8([1, 2, 3])), "Expected a grey film, as the network was trained"),
        (npy(FILM), "Received: no GIF."),
    ],
    ids=["nothing", "zeros", "half", "screen", "small screen", "beyond", "odd", "short", "colours", "array"],
)
def test_a_wrong_gif_is_told_and_none_of_it_decoded(served, monkeypatch, content, said):
    if "Expected a film of at least" not in said and "grey" not in said:
        monkeypatch.setattr(Image, "open", lambda *a, **k: pytest.fail("decoded"))
    answer = served.ask("POST", "/apply", content, GIF)
    assert (answer.status, said in answer.error) == (422, True), answer.error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expected a NumPy array of numbers, as numpy.save writes it. Received: ValueError"),
        (npy(FILM)[:-1], "bytes for uint8 of shape (4, 8, 12, 1)"),
        (npy(FILM).replace(b"(4, ", b"(400000000, "), "Received: "),
        (npy(np.array([{}], object)), "Received: ValueError: values of object."),
        (npy(np.zeros(3, "S0")), "Received: ValueError: values of |S"),
        (npy(FILM.astype(np.float32)), "Received: float32 of shape (4, 8, 12, 1), where uint8 (frames, height, width"),
        (npy(FILM[0, :, :, 0]), "Received: uint8 of shape (8, 12), where"),
        (npy(FILM[:, :6]), "Expected a film of 12 x 8 pixels (width x height), as the network was trained on."),
        (npy(FILM[:2]), "Expected a film of at least 3 frames"),
    ],
    ids=["nothing", "cut", "a bomb", "objects", "texts", "floats", "a picture", "a size", "short"],
)  # fmt: skip
def test_a_wrong_array_is_told(served, content, said):
    answer = served.ask("POST", "/apply", content, NPY)
    assert (answer.status, said in answer.error) == (422, True), answer.error


@pytest.mark.parametrize(("content", "kind"), [(gif(film_networks.film(12)), GIF), (npy(film_networks.film(12)), NPY)])
def test_frames_that_come_and_frames_that_follow_count_together_before_any_is_decoded(
    served, monkeypatch, content, kind
):
    monkeypatch.setattr(Image, "open", lambda *a, **k: pytest.fail("decoded"))
    answer = served.ask("POST", "/apply?frames=29", content, kind)
    assert (answer.status, answer.error) == (
        413,
        "Expected at most 3,840 pixels in a film and what follows it together, 40 frames. Received: 12, and 29 that "
        "follow. Send the last frames alone, or ask for fewer.",
    )
    assert size_and_frames(gif(film_networks.film(12)), most=5) == (HEIGHT, WIDTH, 6)


@pytest.mark.parametrize(
    "query",
    ["frames=0", "frames=38", "frames=-1", "frames=1.0", "frames=", "frames", "frames=%31", "frames=1&frames=1",
     "frames=1&only=1", "frame=1", "frames=99999999999999", "&"],
)  # fmt: skip
def test_options_that_there_are_not_are_refused(served, query):
    answer = served.ask("POST", "/apply?" + query, SOUND, GIF)
    assert answer.status == 422
    said = "Expected no options in the address but frames from 1 to 37, a whole number. Received: "
    assert answer.error.startswith(said), answer.error
    assert served.ask("POST", "/apply?frames=36", SOUND, GIF).status == 200


def test_the_bundle_and_the_openapi_say_what_it_takes_and_gives(served):
    told = json.loads(served.ask("GET", "/bundle").content)
    assert (told["takes"], told["input_shape"], told["sample_shape"]) == ("films", [3, 8, 12, 1], [2, 8, 12, 1])
    assert told["bodies"] == ["image/gif", "application/x-npy", "application/octet-stream"]
    assert (told["path"], told["answers"]) == ("/apply", ["image/gif", "application/x-npy"])
    operation = json.loads(served.ask("GET", "/openapi.json").content)["paths"]["/apply"]["post"]
    assert operation["parameters"][0]["schema"] == {"type": "integer", "minimum": 1, "maximum": 37, "default": 10}
    assert list(operation["responses"]["200"]["content"]) == told["answers"]
    page = served.ask("GET", "/docs").content.decode()
    address = f"&#x27;http://127.0.0.1:{served.port}/apply?frames=10&#x27; -o out.gif"
    assert f"&#x27;Content-Type: image/gif&#x27; --data-binary @in.gif {address}" in page
    assert "whole number, 1 to 37" in page


def test_other_requests_are_refused(served):
    assert served.ask("POST", "/apply", SOUND, {"Content-Type": "image/png"}).status == 415
    assert served.ask("POST", "/apply", b"x" * 50_001, GIF).status == 413
    said = served.ask("POST", "/generate", b"{}", {"Content-Type": "application/json"}).error
    assert said.startswith("Expected POST /apply, because this bundle takes films.")

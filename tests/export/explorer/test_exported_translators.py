"""Networks from pictures to pictures as kgan exports them, in the page and over HTTP: against `kgan apply`."""

import io
import json

import numpy as np
import pytest
from cycle_games import lines
from explored_pictures import by_python, given, picture
from PIL import Image
from upscaling_games import enlarger

import kgan
from commands import kgan as command
from kgan.export.directions import name_of, of_direction
from kgan.export.explorer import facts
from kgan.export.portable.applier import Applier
from served import Served

FORMS = [("nhwc", "float32"), ("nchw", "float32"), ("nchw", "uint8")]


def of_any_size(folder, layout="nhwc", pixels="float32"):
    """RGB to RGB by two convolutions, of any height and width that two divides."""
    import keras

    keras.utils.set_random_seed(1)
    image = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="leaky_relu")(image)
    x = keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")(x)
    sample = keras.Input((16, 16, 3))
    critic = keras.Model(sample, keras.layers.Conv2D(1, 3)(sample))
    model = kgan.Translation(keras.Model(image, x), critic, seed=0)
    model.generator.set_weights([4 * one for one in model.generator.get_weights()])
    return kgan.export.save(model, folder, formats=("onnx",), layout=layout, pixels=pixels)


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory):
    run = tmp_path_factory.mktemp("horses-zebras")
    return kgan.export.save(lines(), run / "export", formats=("onnx",))


def png(image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def served_of(served, image):
    """What the server makes of a picture, as RGBA."""
    answer = served.ask("POST", "/apply", png(image), {"Content-Type": "image/png"})
    assert answer.status == 200, answer.content
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))


def assert_near(drawn, wanted):
    assert drawn.shape == wanted.shape
    assert np.abs(drawn.astype(int) - wanted.astype(int)).max() <= 1
    assert np.ptp(wanted[..., :3]) > 20


@pytest.mark.slow  # a browser, and an export each
@pytest.mark.parametrize(("layout", "pixels"), FORMS)
def test_a_network_of_any_size_in_every_form_in_the_page_and_over_http(visit, tmp_path, layout, pixels):
    bundle = of_any_size(tmp_path / "bundle", layout, pixels)
    image = picture(37, 50)
    wanted = by_python(bundle, image)
    assert_near(given(visit(bundle), image), wanted)
    with Served(bundle) as served:
        assert_near(served_of(served, image), wanted)


@pytest.mark.slow  # a browser
def test_both_directions_have_a_page_and_a_server_of_their_own(visit, both_ways):
    image, seen = picture(20, 26, "L"), []
    for direction in ("a2b", "b2a"):
        bundle = of_direction(both_ways, direction)
        wanted = by_python(bundle, image)
        page = visit(bundle)
        assert_near(given(page, image), wanted)
        seen.append((page.run("document.getElementById('title').textContent"), wanted))
        with Served(bundle) as served:
            assert_near(served_of(served, image), wanted)
            assert served.loaded.name == seen[-1][0]
    run = both_ways.parent.name
    assert [title for title, _ in seen] == [run, f"{run} b2a"]
    assert np.abs(seen[0][1].astype(int) - seen[1][1].astype(int)).max() > 20


@pytest.mark.slow  # a browser, and an export
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_enlarged_picture_keeps_its_grey_in_the_page_and_over_http(visit, tmp_path_factory, mode):
    bundle = tmp_path_factory.getbasetemp() / "enlarging"
    if not bundle.exists():
        kgan.export.save(enlarger(), bundle, formats=("onnx",))
    assert Applier(bundle).keeps_form
    image = picture(21, 30, mode)
    wanted = by_python(bundle, image)
    assert wanted.shape[:2] == (21 * Applier(bundle).scale, 30 * Applier(bundle).scale)
    assert_near(given(visit(bundle), image), wanted)
    with Served(bundle) as served:
        assert_near(served_of(served, image), wanted)


def test_a_bundle_within_another_is_called_after_both(both_ways, tmp_path):
    run = both_ways.parent.name
    assert name_of(both_ways) == run
    assert name_of(both_ways / "generator.onnx") == run
    assert name_of(both_ways / "b2a") == f"{run} b2a"
    assert name_of(tmp_path / "faces.onnx") == "faces"


def test_the_command_writes_the_page_of_the_direction_that_is_asked_for(needs_runtime, both_ways, tmp_path):
    for direction, where in (("a2b", both_ways), ("b2a", both_ways / "b2a")):
        done = command("explore", both_ways, "--direction", direction, "--out", tmp_path / direction)
        assert done.code == 0, done.err
        told = json.loads((tmp_path / direction / "facts.json").read_text())
        assert told["title"] == name_of(where)
        assert (tmp_path / direction / "generator.onnx").stat().st_size > 0
    first, second = ((tmp_path / one / "generator.onnx").read_bytes() for one in ("a2b", "b2a"))
    assert first != second


def test_a_direction_that_is_not_there_is_refused_by_serve_and_explore(both_ways, tmp_path):
    for arguments in (("serve", both_ways, "--port", 0), ("explore", both_ways, "--out", tmp_path / "page")):
        done = command(*arguments, "--direction", "c2a")
        assert done.code == 2
        assert "Expected a bundle with --direction c2a" in " ".join(done.err.split())
    assert not (tmp_path / "page").exists()


def test_the_page_is_told_the_form_of_a_network(tmp_path):
    bundle = of_any_size(tmp_path / "bundle", "nchw", "uint8")
    told = facts.of_applier(Applier(bundle), "faces", "nchw", "uint8")
    assert (told["layout"], told["pixels"], told["keepsForm"]) == ("nchw", "uint8", False)
    assert (told["inputShape"], told["shape"]) == ([None, None, 3], [None, None, 3])

import json

import numpy as np
import pytest

import picture_networks
from games import linear_game
from kgan.export.portable import applier, sampler
from kgan.export.portable.applier import Applier, ApplyError


def image(height, width, channels=3, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)


@pytest.mark.parametrize("size", [(70, 90), (64, 64), (33, 200), (200, 33), (129, 65)])
@pytest.mark.parametrize("overlap", [0, 1, 16, 40, 63, None])
def test_the_identity_gives_the_exact_picture_back_through_tiles(tmp_path, size, overlap):
    path = picture_networks.identity(tmp_path / "generator.onnx")
    given = image(*size)
    np.testing.assert_array_equal(Applier(path).apply(given, tile=64, overlap=overlap), given)


@pytest.mark.parametrize("batch", [1, 3, 100])
@pytest.mark.parametrize("size", [(32, 32), (20, 50), (50, 17), (100, 100)])
def test_a_network_of_one_size_is_applied_to_pictures_of_any(tmp_path, size, batch):
    path = picture_networks.negative(tmp_path / "generator.onnx", height=32, width=32)
    given = image(*size)
    np.testing.assert_array_equal(Applier(path).apply(given, batch=batch), 255 - given)


def test_a_network_that_is_not_square_has_tiles_that_are_not(tmp_path):
    path = picture_networks.negative(tmp_path / "generator.onnx", height=16, width=48)
    given = image(37, 101)
    np.testing.assert_array_equal(Applier(path).apply(given), 255 - given)


@pytest.mark.parametrize("size", [(40, 56), (41, 57), (33, 63), (64, 64)])
def test_a_picture_is_extended_to_the_multiple_and_cut_back(tmp_path, size):
    path = picture_networks.identity(tmp_path / "generator.onnx", multiple=32)
    mine = Applier(path)
    seen = []
    run = mine._run
    mine._run = lambda tiles: seen.append(tiles.shape[1:3]) or run(tiles)
    np.testing.assert_array_equal(mine.apply(image(*size)), image(*size))
    assert seen == [tuple(-(-one // 32) * 32 for one in size)]


def test_what_a_picture_is_extended_by_is_its_reflection(tmp_path):
    mine = Applier(picture_networks.blur(tmp_path / "generator.onnx", multiple=16))
    given = np.random.RandomState(0).uniform(-1, 1, (20, 24, 3)).astype(np.float32)
    padded = np.pad(given, ((0, 12), (0, 8), (0, 0)), mode="reflect")
    (expected,) = mine._run(padded[None])
    np.testing.assert_array_equal(mine.apply(given), expected[:20, :24])


@pytest.mark.parametrize("radius", [1, 4])
@pytest.mark.parametrize("multiple", [1, 8])
def test_a_convolution_through_tiles_is_that_of_the_whole_picture(tmp_path, radius, multiple):
    """Exactly so: what the edges of a tile do reaches 4 pixels in, and as many of 16 that overlap count for nothing."""
    mine = Applier(picture_networks.blur(tmp_path / "generator.onnx", radius, multiple=multiple))
    given = np.random.RandomState(1).uniform(-1, 1, (120, 200, 3)).astype(np.float32)
    whole, tiled = mine.apply(given), mine.apply(given, tile=48, overlap=16)
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


def test_a_convolution_that_reaches_further_than_the_margin_leaves_no_seam(tmp_path):
    mine = Applier(picture_networks.blur(tmp_path / "generator.onnx", radius=6))
    smooth = np.sin(np.arange(160)[:, None, None] / 40 + np.arange(160)[None, :, None] / 50) * np.ones(3)
    whole, tiled = mine.apply(smooth), mine.apply(smooth, tile=80, overlap=24)
    assert np.abs(np.diff(tiled, axis=0))[8:-8, 8:-8].max() < 2 * np.abs(np.diff(whole, axis=0))[8:-8, 8:-8].max()


def test_windows_of_tiles_cover_every_pixel():
    for size in (65, 100, 127, 500):
        for overlap in (0, 1, 2, 5, 16, 40, 63):
            for multiple in (1, 8):
                total = np.zeros(size)
                spans = applier._spans(size, 64, overlap, multiple)
                for start, window in spans:
                    total[start : start + 64] += window
                assert total.min() > 0, (size, overlap)
                assert all(start % multiple == 0 for start, _ in spans[:-1]) or 64 - overlap < multiple


def test_output_may_be_larger_than_input(tmp_path):
    path = picture_networks.doubled(tmp_path / "generator.onnx")
    given = image(70, 50)
    expected = given.repeat(2, axis=0).repeat(2, axis=1)
    for tile in (512, 32):
        np.testing.assert_array_equal(Applier(path).apply(given, tile=tile), expected)


def test_floats_stay_floats_in_the_range_of_the_export(tmp_path):
    given = np.random.RandomState(0).uniform(-1, 1, (9, 7, 3))
    drawn = Applier(picture_networks.negative(tmp_path / "generator.onnx")).apply(given)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn, -given, atol=1e-6)


def test_ranges_are_those_of_the_file(tmp_path):
    ranges = {"kgan_input_range": [0.0, 1.0], "kgan_value_range": [0.0, 2.0]}
    path = picture_networks.identity(tmp_path / "generator.onnx", **ranges)
    np.testing.assert_array_equal(Applier(path).apply(np.full((4, 4, 3), 200, np.uint8)), 100)


def test_grey_is_repeated_for_a_network_that_takes_colour(tmp_path):
    mine = Applier(picture_networks.negative(tmp_path / "generator.onnx"))
    grey = image(8, 9, 1)
    np.testing.assert_array_equal(mine.apply(grey), (255 - grey).repeat(3, axis=2))
    np.testing.assert_array_equal(mine.apply(grey[..., 0]), mine.apply(grey))


def test_grey_that_is_saved_as_colour_is_taken_by_a_grey_network(tmp_path):
    mine = Applier(picture_networks.grey_to_colour(tmp_path / "generator.onnx"))
    grey = image(8, 9, 1)
    np.testing.assert_array_equal(mine.apply(grey.repeat(3, axis=2)), mine.apply(grey))


def test_colour_gets_an_opaque_alpha_for_a_network_that_takes_one(tmp_path):
    mine = Applier(picture_networks.identity(tmp_path / "generator.onnx", channels=4))
    colour = image(8, 9)
    np.testing.assert_array_equal(mine.apply(colour), np.dstack([colour, np.full((8, 9), 255, np.uint8)]))
    np.testing.assert_array_equal(mine.apply(colour / 127.5 - 1.0)[..., 3], 1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((8, 8, 3, 1), np.uint8), "Expected an image of shape"),
        (np.zeros((0, 8, 3), np.uint8), "Expected an image of shape"),
        (np.zeros((8, 8, 3), bool), "Expected an image of shape"),
        (np.zeros((8, 8, 3), np.uint16), "Expected whole numbers as uint8. Received: uint16"),
        (np.zeros((8, 8, 2), np.uint8), "Expected grey pictures, 1 channel.*Received: 2 channels"),
        (image(8, 8, 3), "Received: 3 channels in colour"),
        (image(8, 8, 4), "Received: 4 channels"),
    ],
)
def test_what_is_no_image_for_the_network_is_named(tmp_path, given, message):
    mine = Applier(picture_networks.grey_to_colour(tmp_path / "generator.onnx"))
    with pytest.raises(ApplyError, match=message):
        mine.apply(given)


@pytest.mark.parametrize("facts", [{"multiple": 32}, {"height": 32, "width": 32}])
def test_a_picture_that_reflection_cannot_extend_is_too_small(tmp_path, facts):
    mine = Applier(picture_networks.identity(tmp_path / "generator.onnx", **facts))
    assert mine.apply(image(17, 17)).shape == (17, 17, 3)
    with pytest.raises(ApplyError, match="Expected a picture of at least 17 x 17 pixels.*Received: 40 x 16. Enlarge"):
        mine.apply(image(16, 40))


def test_a_picture_that_is_too_large_is_refused_before_it_is_computed(tmp_path):
    mine = Applier(picture_networks.doubled(tmp_path / "generator.onnx"))
    mine._run = None
    with pytest.raises(ApplyError, match="89,478,485 pixels in the end. Received: 5,000 x 5,000 pixels, made 2 times"):
        mine.apply(np.broadcast_to(np.uint8(0), (5000, 5000, 3)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tile": 0}, "Expected tile >= 1, a whole number. Received: tile=0"),
        ({"batch": 0}, "Expected batch >= 1"),
        ({"overlap": -1}, "Expected overlap >= 0"),
        ({"tile": 8, "overlap": 8}, "Expected overlap below the 8 pixels of a tile. Received: overlap=8"),
        ({"tile": 1.5}, "Received: tile=1.5"),
    ],
)
def test_tiles_that_cannot_be_are_refused(tmp_path, arguments, message):
    with pytest.raises(ApplyError, match=message):
        Applier(picture_networks.identity(tmp_path / "generator.onnx")).apply(image(20, 20), **arguments)


def test_values_that_are_not_finite_are_named(tmp_path):
    mine = Applier(picture_networks.identity(tmp_path / "generator.onnx"))
    with pytest.raises(ApplyError, match="Expected finite values from the network"):
        mine.apply(np.full((4, 4, 3), np.nan))


@pytest.mark.parametrize(
    "lie",
    [
        {"kgan_input_shape": [None, None, 4]},
        {"kgan_input_shape": [None, None, 2]},
        {"kgan_input_shape": [8, None, 3]},
        {"kgan_input_shape": "[null, null"},
        {"kgan_sample_shape": [8, 8, 3]},
        {"kgan_scale": 0},
        {"kgan_scale": 2, "kgan_sample_shape": [16, 16, 3], "kgan_input_shape": [8, 8, 3]},
        {"kgan_multiple": 10**9},
        {"kgan_multiple": True},
        {"kgan_input_range": [1.0, -1.0]},
        {"kgan_value_range": None},
        {"kgan_value_range": [0.0, float("inf")]},
    ],
)
def test_metadata_that_cannot_be_is_refused(tmp_path, lie):
    path = picture_networks.identity(tmp_path / "generator.onnx")
    import onnx

    model = onnx.load(path)
    lie = {key: value if isinstance(value, str) else json.dumps(value) for key, value in lie.items()}
    onnx.helper.set_model_props(model, {entry.key: entry.value for entry in model.metadata_props} | lie)
    onnx.save(model, path)
    with pytest.raises(ApplyError, match="an ONNX file without kgan's metadata"):
        Applier(path)


@pytest.mark.parametrize("kind", ["missing", "empty folder", "text", "no metadata"])
def test_a_file_that_is_no_kgan_export_is_named(tmp_path, kind):
    path = tmp_path / "generator.onnx"
    if kind == "text":
        path.write_text("no model")
    elif kind == "no metadata":
        import onnx

        model = onnx.load(picture_networks.identity(path))
        del model.metadata_props[:]
        onnx.save(model, path)
    expected = {"text": "onnxruntime cannot open", "no metadata": "without kgan's metadata"}
    with pytest.raises(ApplyError, match=f"Expected a generator.onnx.*{expected.get(kind, 'does not exist')}"):
        Applier(tmp_path if kind == "empty folder" else path)


def test_a_bundle_that_takes_latents_says_what_to_type(tmp_path):
    import kgan

    bundle = kgan.export.save(linear_game(), tmp_path / "bundle")
    expected = f"takes latents. Type kgan sample {bundle} --count 64 --out grid.png."
    with pytest.raises(ApplyError, match=expected):
        Applier(bundle)


def test_a_bundle_that_takes_pictures_says_what_to_type(tmp_path):
    path = picture_networks.identity(tmp_path / "generator.onnx")
    with pytest.raises(sampler.SamplerError, match=f"takes pictures. Type kgan apply {tmp_path} in.png --out out.png."):
        sampler.Sampler(tmp_path)
    assert path.is_file()


def test_a_file_that_is_not_the_one_of_the_card_is_refused(tmp_path):
    picture_networks.identity(tmp_path / "generator.onnx")
    (tmp_path / "card.json").write_text(json.dumps({"sha256": {"generator.onnx": "0" * 64}}))
    with pytest.raises(ApplyError, match="Received: other content"):
        Applier(tmp_path)
    assert Applier(tmp_path / "generator.onnx").multiple == 1

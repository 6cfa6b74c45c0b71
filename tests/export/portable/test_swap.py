"""A bundle that swaps faces, without kgan: what it draws, and that nothing of it goes unmarked."""

import json

import face_games
import numpy as np
import pytest
from PIL import Image

import kgan
from blocked import run_blocked
from commands import kgan as command
from kgan._support import marks
from kgan.export import verify
from kgan.export.portable import swap
from kgan.export.portable.applier import Applier, ApplyError
from kgan.export.portable.swap import SwapError, Swapper, swap_in_files
from kgan.export.serve import loading

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

MARK = marks.mark_for(16, 16)


@pytest.fixture(scope="module")
def model():
    return face_games.compiled()


@pytest.fixture(scope="module")
def bundle(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    kgan.export.save(model, folder / "bundle", formats=("onnx",))
    Image.fromarray(face_games.faces()[0][0]).save(folder / "face.png")
    return folder / "bundle"


@pytest.fixture(scope="module")
def swapper(bundle):
    return Swapper(bundle)


def test_the_graph_itself_draws_the_mark(model, bundle, swapper):
    assert verify(bundle).differences["onnx"] < 1e-4
    face = face_games.faces()[0][:1]
    given = (face / 127.5 - 1.0).astype(np.float32)
    made = swapper.engine.run(["generated"], {"image": given}, 1)[0]
    np.testing.assert_allclose(made, model.translate(face), atol=1e-4)
    np.testing.assert_array_equal(made[0][MARK.place][..., 0] > 0, MARK.ink)


def test_a_face_of_the_size_trained_on_is_that_of_keras_but_for_its_edges(model, swapper):
    face = face_games.faces()[0][0]
    found = swapper.swap(face)
    expected = np.clip(np.rint((model.translate(face[None])[0] + 1.0) * 127.5), 0, 255)
    near = np.zeros((16, 16), bool)  # a tenth of the side from each edge, but for what the mark covers
    near[2:-2, 2:-2] = True
    near[MARK.top - 1 :, :10] = False
    assert np.abs(found[near].astype(float) - expected[near]).max() <= 1.0
    np.testing.assert_array_equal(found[0], face[0])  # nothing new at the very edge
    np.testing.assert_array_equal(found[MARK.place][..., 0] == 255, MARK.ink)


def test_a_box_in_a_larger_picture_is_swapped_and_marked_and_the_rest_stays(swapper):
    picture = np.random.RandomState(0).randint(0, 255, (60, 80, 3)).astype(np.uint8)
    found = swapper.swap(picture, (30, 10, 32, 32))
    outside = np.ones((60, 80), bool)
    outside[10:42, 30:62] = False
    np.testing.assert_array_equal(found[outside], picture[outside])
    assert (found[14:38, 34:58] != picture[14:38, 34:58]).any()
    word = found[10 + 2 * MARK.top : 42, 30 : 30 + 2 * MARK.ink.shape[1]]  # twice as large as the network has it
    np.testing.assert_array_equal(word[..., 0] == 255, MARK.ink.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_files_say_what_they_are(bundle, tmp_path, suffix):
    (out,) = swap_in_files(bundle, bundle.parent / "face.png", tmp_path / f"out.{suffix}")
    with Image.open(out) as written:
        if suffix == "png":
            assert written.info["Disclaimer"] == marks.DISCLAIMER
            assert written.info["Software"].startswith("kgan ")
        else:
            assert written.getexif()[0x010E] == marks.DISCLAIMER
    assert b"compositeWithTrainedAlgorithmicMedia" in out.read_bytes()


def test_its_program_runs_where_there_is_neither_kgan_nor_tensorflow(bundle, swapper, tmp_path):
    out = tmp_path / "out.png"
    done = run_blocked(bundle / "swap.py", bundle.parent / "face.png", "--out", out, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"1 picture in {out}\n"), done.stderr
    with Image.open(out) as written:
        np.testing.assert_array_equal(np.asarray(written), swapper.swap(face_games.faces()[0][0]))
        assert written.info["Disclaimer"] == marks.DISCLAIMER


def test_kgan_apply_swaps_both_ways_and_takes_only_the_options_of_faces(bundle, model, tmp_path):
    face = bundle.parent / "face.png"
    done = command("apply", bundle, face, "--direction", "b2a", "--box", "0,0,16,16", "--out", tmp_path / "out.png")
    assert done.code == 0, done.err
    with Image.open(tmp_path / "out.png") as written:
        np.testing.assert_array_equal(np.asarray(written), Swapper(bundle / "b2a").swap(face_games.faces()[0][0]))
    done = command("apply", bundle, face, "--tile", 64, "--out", tmp_path / "other.png")
    assert done.code == 2
    assert "options of pictures or films for a bundle that swaps faces. Received: --tile" in done.err
    done = command("apply", bundle, face, "--box", "1,2,3", "--out", tmp_path / "other.png")
    assert done.code == 2
    assert "--box" in done.err
    assert not (tmp_path / "other.png").exists()


def test_the_card_says_what_it_is_for_and_what_it_must_not_do(bundle):
    text = (bundle / "README.md").read_text()
    for said in ("A network that swaps faces", "python swap.py face.png", "It must not put anybody into a picture"):
        assert said in text
    assert json.loads((bundle / "card.json").read_text())["marked"] is True


def test_a_folder_keeps_its_names_and_no_other_ending_is_written(bundle, tmp_path):
    (tmp_path / "faces").mkdir()
    for name in ("one.png", "two.jpg"):
        Image.fromarray(face_games.faces()[0][1]).save(tmp_path / "faces" / name)
    written = swap_in_files(bundle, tmp_path / "faces", tmp_path / "out")
    assert [path.name for path in written] == ["one.png", "two.jpg"]
    with pytest.raises(SwapError, match="Expected no picture to be overwritten"):
        swap_in_files(bundle, tmp_path / "faces", tmp_path / "out")
    for name in ("out.gif", "out.bmp", "out.tif"):
        with pytest.raises(SwapError, match="which hold the words"):
            swap_in_files(bundle, bundle.parent / "face.png", tmp_path / name)
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("picture", "box", "said"),
    [
        (np.zeros((16, 16, 3), np.float32), None, "uint8. Received: float32"),
        (np.zeros((16, 16, 2), np.uint8), None, "Received: uint8 of shape"),
        (np.zeros((7, 30, 3), np.uint8), None, "a face of at least 8 x 8"),
        (np.zeros((32, 32, 3), np.uint8), (20, 0, 16, 16), "Expected box within the picture, 32 x 32"),
        (np.zeros((32, 32, 3), np.uint8), (0, 0, 30, 16), "which would be distorted"),
        (np.zeros((32, 32, 3), np.uint8), (0, 0, 4, 4), "a face of at least 8 x 8"),
        (np.zeros((32, 32, 3), np.uint8), (0, 0, 16), "Expected box as left, top"),
    ],
)
def test_pictures_and_boxes_that_do_not_fit_are_refused(swapper, picture, box, said):
    with pytest.raises(SwapError, match=said):
        swapper.swap(picture, box)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,2,3,-4", "1,2,3,4.5"])
def test_a_text_that_is_no_box_is_refused(text):
    with pytest.raises(SwapError, match="Expected box as left,top,width,height"):
        swap.parsed_box(text)


def test_programs_that_would_leave_files_unmarked_refuse_the_bundle(bundle):
    with pytest.raises(ApplyError, match=r"Received: .*, which swap\.py runs"):
        Applier(bundle)
    with pytest.raises(ApplyError, match="which swaps faces, and whose pictures are marked"):
        loading.load(bundle)


@pytest.mark.parametrize(
    "change",
    [
        {"texts": {}},
        {"texts": {"Software": "kgan"}},
        {"rows": []},
        {"rows": ["...", "..."]},
        {"rows": ["##.", "#"]},
        {"rows": 3},
        {"texts": 3},
        {"top": 14},
        {"xmp": ""},
    ],
)
def test_a_file_whose_mark_was_taken_out_is_refused(bundle, tmp_path, change):
    import onnx

    network = onnx.load(bundle / "generator.onnx")
    for entry in network.metadata_props:
        if entry.key == "kgan_marks":
            entry.value = json.dumps({**json.loads(entry.value), **change})
    onnx.save(network, tmp_path / "other.onnx")
    with pytest.raises(SwapError):
        Swapper(tmp_path / "other.onnx")

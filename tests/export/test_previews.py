import hashlib
import json
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kgan
import picture_networks
from games import small_dcgan
from kgan import pictures
from kgan.data import Splits


def run_of(folder, splits=None):
    """As much of a run as a preview asks for."""
    plan = types.SimpleNamespace(load=lambda: splits)
    return types.SimpleNamespace(folder=folder, plan=plan)


def pairs(count=12, channels=3, target_channels=3, held_out=True, scale=1):
    random = np.random.RandomState(0)
    inputs = random.randint(0, 256, (count, 64, 56, channels)).astype(np.uint8)
    targets = random.randint(0, 256, (count, 64 * scale, 56 * scale, target_channels)).astype(np.uint8)
    batches = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(5)
    splits = Splits(batches, batches.skip(1) if held_out else None, targets.shape[1:], input_shape=inputs.shape[1:])
    return splits, inputs[5:] if held_out else inputs, targets[5:] if held_out else targets


def bundle_of(make, folder, **facts):
    folder.mkdir()
    make(folder / "generator.onnx", **facts)
    digest = hashlib.sha256((folder / "generator.onnx").read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps({"runner": "apply.py", "sha256": {"generator.onnx": digest}}))
    return folder


def test_a_bundle_that_takes_latents_is_previewed_by_a_hundred_samples(tmp_path):
    bundle = kgan.export.save(small_dcgan(), tmp_path / "bundle")
    preview = kgan.export.preview(bundle, run_of(tmp_path), tmp_path / "grid.png")
    assert preview.shows == "100 samples, drawn by onnxruntime"
    assert (preview.runner.command, preview.arguments) == ("sample", "--count 100 --seed 1 --out grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (640, 640)


def test_a_bundle_that_takes_pictures_is_previewed_by_held_out_inputs_results_and_truths(tmp_path):
    splits, inputs, truths = pairs()
    bundle = bundle_of(picture_networks.negative, tmp_path / "bundle")
    preview = kgan.export.preview(bundle, run_of(tmp_path, splits), tmp_path / "grid.png")
    assert preview.shows == "7 held-out inputs, what onnxruntime makes of each, and the truth"
    expected = pictures.beside({"input": inputs, "output": 255 - inputs, "truth": truths})
    with Image.open(tmp_path / "grid.png") as grid:
        np.testing.assert_array_equal(np.asarray(grid), np.asarray(expected))


def test_what_a_preview_of_pictures_says_to_give_the_runner_is_there(tmp_path):
    splits, inputs, _ = pairs()
    bundle = bundle_of(picture_networks.negative, tmp_path / "bundle")
    preview = kgan.export.preview(bundle, run_of(tmp_path, splits), tmp_path / "grid.png")
    assert preview.runner.command == "apply"
    assert preview.arguments == f"{tmp_path / 'input.png'} --out output.png"
    with Image.open(tmp_path / "input.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), inputs[0])


def test_without_held_out_pairs_those_of_training_are_drawn(tmp_path):
    splits, _, _ = pairs(held_out=False)
    bundle = bundle_of(picture_networks.negative, tmp_path / "bundle")
    preview = kgan.export.preview(bundle, run_of(tmp_path, splits), tmp_path / "grid.png")
    assert preview.shows.startswith("8 training inputs")


def test_inputs_of_other_colours_and_sizes_are_drawn_as_large_as_what_is_made_of_them(tmp_path):
    grey, _, _ = pairs(channels=1)
    bundle = bundle_of(picture_networks.grey_to_colour, tmp_path / "colour")
    kgan.export.preview(bundle, run_of(tmp_path, grey), tmp_path / "a.png")
    small, _, _ = pairs(scale=2)
    bundle = bundle_of(picture_networks.doubled, tmp_path / "doubled")
    kgan.export.preview(bundle, run_of(tmp_path, small), tmp_path / "b.png")
    for name in ("a.png", "b.png"):  # of 28 and of 56 pixels, each enlarged by the whole factor that reaches 96
        with Image.open(tmp_path / name) as grid:
            assert (grid.mode, grid.width) == ("RGB", 3 * 112)
            assert 7 * 128 < grid.height < 8 * 128


@pytest.mark.parametrize("card", [None, '{"sha256": {}, "runner": "format_disk.py"}', "[]"])
def test_a_bundle_whose_card_names_no_runner_is_refused(tmp_path, card):
    bundle = bundle_of(picture_networks.negative, tmp_path / "bundle")
    (bundle / "card.json").unlink()
    if card is not None:
        (bundle / "card.json").write_text(card)
    expected = "Expected a bundle that kgan exported|Expected runner to be one of|where an object was due"
    with pytest.raises(ValueError, match=expected):
        kgan.export.preview(bundle, run_of(tmp_path), tmp_path / "grid.png")

"""Settings of training that are off unless they are set, from the command line to the saved run and on."""

import json

import numpy as np
import pytest

import kgan
from commands import SMALL
from commands import kgan as command
from kgan.data.sources import digits

HOW = ["--image-size", 8, "--batch-size", 24, "--seed", 3, *SMALL, "--set", "conditional=false"]


def weights(run, network):
    return getattr(kgan.run.Run(run).load(), network)


@pytest.mark.slow
def test_packs_the_best_of_a_batch_and_frozen_layers_are_kept_by_a_run_and_go_on_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images, _ = digits.read()
    np.save("digits.npy", images[::50, ..., 0])
    settings = ["--set", "pac=3", "--set", "top_k={name=linear, start=1.0, end=0.5, images=96}"]
    for folder, epochs in (("whole", 2), ("half", 1)):
        done = command("train", "digits.npy", *HOW, *settings, "--epochs", epochs, "--out", folder)
        assert done.code == 0, done.err
    done = command("resume", "half", "--epochs", 2)
    assert done.code == 0, done.err
    whole, half = (kgan.run.Run(folder).load() for folder in ("whole", "half"))
    assert (whole.pac, whole.top_k.get_config()["end"]) == (3, 0.5)
    for one, other in zip(whole.get_weights(), half.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    recipe = json.loads((tmp_path / "half" / "config.json").read_text())["plan"]["recipe"]
    assert (recipe["model"]["pac"], recipe["top_k"]["name"]) == (3, "linear")

    how = [*HOW, *settings, "--epochs", 1, "--init-from", "whole", "--out", "few", "--set", "frozen_layers=1"]
    done = command("train", "digits.npy", *how)
    assert done.code == 0, done.err
    few = kgan.run.Run("few").load()
    before, after = (one.discriminator.get_layer("downsample_0").get_weights() for one in (whole, few))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    last = [one.discriminator.trainable_variables[-2].numpy() for one in (whole, few)]
    assert not np.array_equal(*last)


def test_settings_that_do_not_fit_are_refused_in_a_line_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for settings, message in (
        (["pac=5", "conditional=false"], "Expected a batch size that --set pac=5 divides"),
        (["pac=2"], "model.conditional=false, or pass --set pac=1"),
        (["top_k=0"], "in (0, 1]. Received:"),
        (["top_k=0.5", "loss=relativistic_average"], "or --set top_k=none"),
        (["frozen_layers=1"], "Expected --init-from"),
    ):
        done = command("train", "digits", *(part for one in settings for part in ("--set", one)))
        assert (done.code, message in done.err) == (2, True), done.err
        assert not list(tmp_path.iterdir())

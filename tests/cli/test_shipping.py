import json

import numpy as np

import kgan
from commands import kgan as command


def test_export_writes_a_bundle_of_the_opset_that_was_asked_for(trained, tmp_path):
    done = command("export", trained.folder, "--opset", 15, "--out", tmp_path / "bundle")
    assert (done.code, done.out) == (0, f"Verified: {tmp_path / 'bundle'}\n"), done.err
    assert json.loads((tmp_path / "bundle" / "card.json").read_text())["opset"] == 15


def test_sample_draws_from_a_run_folder_what_keras_generates(trained, tmp_path):
    out = tmp_path / "a.npy"
    done = command("sample", trained.folder, "--count", 3, "--seed", 1, "--labels", "7", "--out", out)
    assert done.code == 0, done.err
    gan = kgan.run.Run(trained.folder).load()
    np.testing.assert_allclose(np.load(out), gan.generate(3, seed=1, labels=7), atol=1e-4)

"""Files from strangers: nothing is written but where it was asked for."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan import data, run
from kgan.export.portable import sampler
from strangers import checkpoint_of, run_folder


@pytest.mark.filterwarnings("ignore:Skipping invalid path")  # Keras says so
def test_archives_whose_entries_climb_out_write_nothing_outside(tmp_path, monkeypatch):
    folder = run_folder(tmp_path / "run")
    monkeypatch.chdir(folder)
    with checkpoint_of(folder) as path:
        small_dcgan().save(path)
        with zipfile.ZipFile(path, "a") as archive:
            for name in ("../climbed", "/tmp/kgan-climbed", "assets/../../climbed"):
                archive.writestr(name, "outside")
    before = sorted(tmp_path.rglob("*"))
    run.Run(folder).load()
    np.savez(tmp_path / "a.npz", images=np.zeros((2, 2, 2, 1), np.uint8))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("../climbed.npy", "outside")
    assert data.load(tmp_path / "a.npz", batch_size=1, validation_split=0.0).count == 2
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "a.npz"])
    assert not Path("/tmp/kgan-climbed").exists()


def test_links_in_a_bundle_are_replaced_and_not_followed(tmp_path):
    outside = tmp_path / "outside"
    (outside / "saved_model").mkdir(parents=True)
    (outside / "saved_model" / "mine").write_text("mine")
    (outside / "generator.onnx").write_text("mine")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "card.json").write_text("{}")
    for name in ("saved_model", "generator.onnx"):
        (bundle / name).symlink_to(outside / name)
    (bundle / "keepsake").symlink_to("/etc/passwd")
    kgan.export.save(small_dcgan(), bundle)
    assert (outside / "saved_model" / "mine").read_text() == (outside / "generator.onnx").read_text() == "mine"
    assert not (bundle / "generator.onnx").is_symlink()
    assert (bundle / "keepsake").is_symlink()

    link = tmp_path / "link"
    link.symlink_to(outside)
    (outside / "card.json").write_text("{}")
    kgan.export.save(small_dcgan(), link)  # a folder that is a link itself
    assert not link.is_symlink()
    assert (outside / "generator.onnx").read_text() == "mine"

    (tmp_path / "a.npy").symlink_to(outside / "generator.onnx")
    sampler.sample_to_file(bundle, 1, 0, tmp_path / "a.npy")
    assert (outside / "generator.onnx").read_text() == "mine"
    assert np.load(tmp_path / "a.npy", allow_pickle=False).shape == (1, 8, 8, 1)

"""A tiny run, trained once by the command, and the data that it was trained on."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

import commands
from kgan.data.sources import digits


@pytest.fixture(autouse=True)
def _cache_of_its_own(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def folder_of_digits(tmp_path_factory):
    """240 real digits of 16 pixels in subfolders, one of them damaged."""
    folder = tmp_path_factory.mktemp("photos")
    images, labels = digits.read()
    for row in range(0, 4800, 20):
        parent = folder / str(labels[row])
        parent.mkdir(exist_ok=True)
        Image.fromarray(images[row, ..., 0]).resize((16, 16)).save(parent / f"{row}.png")
    path = folder / "0" / "20.png"
    path.write_bytes(path.read_bytes()[:80])
    return folder


class TrainedRun(NamedTuple):
    """What `kgan train` left: its run folder, and what it said."""

    folder: Path
    said: str


@pytest.fixture(scope="session")
def trained(tmp_path_factory, folder_of_digits) -> TrainedRun:
    """Two epochs on the digits, with every default of the recipe that is not about size. Leave it as it is."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        arguments = ["--recipe", "digits", "--epochs", 2, "--batch-size", 20, "--seed", 3, "--image-size", 8]
        done = commands.kgan("train", folder_of_digits, *arguments, *commands.SMALL)
    assert done.code == 0, done.err
    (name,) = os.listdir(home / "runs")
    return TrainedRun(home / "runs" / name, done.out)

"""A small run on pairs that the tests of all rooms share; a plugin, so that it is trained once."""

import shutil

import pytest
from pair_games import pairs, train
from PIL import Image

from kgan import evaluation, run

COUNT = 44  # of which 4 are held out


@pytest.fixture(scope="session")
def folder_of_pairs(tmp_path_factory):
    """Blobs in `a`, their negatives in `b`, 16 x 16."""
    source = tmp_path_factory.mktemp("pairs")
    for side, images in zip("ab", pairs(COUNT), strict=True):
        (source / side).mkdir()
        for number, image in enumerate(images[..., 0]):
            Image.fromarray(image).save(source / side / f"{number:03d}.png")
    return source


@pytest.fixture(scope="session")
def paired_once(folder_of_pairs, tmp_path_factory):
    lines = []
    trained = train(folder_of_pairs, tmp_path_factory.mktemp("runs") / "pairs-0001", say=lines.append)
    return trained, lines


@pytest.fixture
def paired(paired_once, tmp_path):
    """A copy, to do with as the test likes."""
    folder = paired_once[0].run.folder
    copied = run.Run(shutil.copytree(folder, tmp_path / folder.name))
    copied.evaluation.unlink(missing_ok=True)
    return copied


@pytest.fixture(scope="session")
def of_paired(paired_once):
    return evaluation.evaluate(paired_once[0].run, seed=1)

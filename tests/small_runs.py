"""Small runs that the tests of evaluation, report and comparison share; a plugin, so that each is trained once."""

import shutil

import numpy as np
import pytest
from PIL import Image

from kgan import evaluation, run
from kgan.data.sources import digits
from kgan.run import training

SMALL = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "pixels"}
NASTY = ("<i>zero", 'one" & two')  # names of classes, which a page must show as they are


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A folder of the tests' own for what is measured on reals."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("KGAN_CACHE", str(folder))
        yield folder


def train(source, folder, epochs, **settings):
    plan = run.Plan.make(str(source), settings=SMALL | settings, epochs=epochs, batch_size=20, seed=5)
    return training.train(plan, folder, verbose=0).run


@pytest.fixture(scope="session")
def labelled_once(cache, tmp_path_factory):
    """Zeros and ones in folders, 8 x 8: 180 to train on, 20 held out."""
    images, labels = digits.read()
    source = tmp_path_factory.mktemp("photos <b>")
    for label, name in enumerate(NASTY):
        (source / name).mkdir()
        for number, image in enumerate(images[labels == label][:100, 2:26:3, 2:26:3, 0]):
            Image.fromarray(image).save(source / name / f"{number:03d}.png")
    return train(source, tmp_path_factory.mktemp("runs") / "labelled <u> & co", epochs=2)


@pytest.fixture(scope="session")
def unlabelled_once(cache, tmp_path_factory):
    """All digits without labels, 8 x 8: 220 to train on, 25 held out; another loss."""
    images, _ = digits.read()
    source = tmp_path_factory.mktemp("data") / "small.npy"
    np.save(source, images[::20, 2:26:3, 2:26:3])
    return train(source, tmp_path_factory.mktemp("runs") / "unlabelled", epochs=3, loss="non_saturating")


def _copied(once, tmp_path):
    copied = run.Run(shutil.copytree(once.folder, tmp_path / once.folder.name))
    copied.evaluation.unlink(missing_ok=True)  # whether it is there already depends on which tests came before
    return copied


@pytest.fixture
def labelled(labelled_once, tmp_path):
    """A copy, to do with as the test likes."""
    return _copied(labelled_once, tmp_path)


@pytest.fixture
def unlabelled(unlabelled_once, tmp_path):
    return _copied(unlabelled_once, tmp_path)


@pytest.fixture(scope="session")
def of_labelled(labelled_once):
    return evaluation.evaluate(labelled_once, seed=1)


@pytest.fixture(scope="session")
def of_unlabelled(unlabelled_once):
    return evaluation.evaluate(unlabelled_once)


@pytest.fixture(scope="session")
def classified(labelled_once, tmp_path_factory):
    """A copy of the run with classes, and its evaluation on an extractor that classifies."""
    copied = _copied(labelled_once, tmp_path_factory.mktemp("classified"))
    return copied, evaluation.evaluate(copied, features="digits", num_samples=60, seed=3)

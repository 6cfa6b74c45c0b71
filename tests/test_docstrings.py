"""The examples of docstrings: they run as they stand, and the names that are used most have one."""

import doctest
import importlib
import inspect
import pkgutil

import keras
import numpy as np
import pytest

import kgan
import kgan.export

MOST_USED = (
    "kgan.GAN",
    "kgan.GAN.compile",
    "kgan.GAN.fit",
    "kgan.GAN.generate",
    "kgan.SuperResolution",
    "kgan.Translation",
    "kgan.architectures.dcgan_discriminator",
    "kgan.architectures.dcgan_generator",
    "kgan.augmentation.ADA",
    "kgan.augmentation.DiffAugment",
    "kgan.callbacks.EquilibriumMonitor",
    "kgan.callbacks.SampleGrid",
    "kgan.data.load",
    "kgan.data.load_pairs",
    "kgan.data.load_upscaling",
    "kgan.export.save",
    "kgan.latents.Normal",
    "kgan.losses.NonSaturating",
    "kgan.losses.RelativisticPairing",
    "kgan.metrics.FrechetDistance",
    "kgan.objectives.L1",
    "kgan.penalties.R1",
    "kgan.penalties.R2",
    "kgan.penalties.WGANGP",
    "kgan.recipes.get",
    "kgan.schedules.Cosine",
)


def examples():
    """Every docstring of a public module that has an example, as a test of doctest's, by its name."""
    finder = doctest.DocTestFinder()
    names = [module.name for module in pkgutil.walk_packages(kgan.__path__, "kgan.")]
    names += [module.name for module in pkgutil.walk_packages(kgan.export.__path__, "kgan.export.")]
    for name in names:
        if not any(part.startswith("_") for part in name.split(".")) and "embedded" not in name:
            for test in finder.find(importlib.import_module(name), globs={}):
                if test.examples:
                    yield test


EXAMPLES = {test.name: test for test in examples()}
# Those of models train them.
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * name.startswith("kgan.models.")) for name in EXAMPLES]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs_as_it_stands(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    test = EXAMPLES[name]
    test.globs = {"kgan": kgan, "keras": keras, "np": np, **vars(inspect.getmodule(resolve(name)))}
    keras.utils.set_random_seed(0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize("name", MOST_USED)
def test_a_name_that_is_used_most_has_an_example(name):
    assert ">>> " in inspect.getdoc(resolve(name))


def resolve(name):
    """What the dotted name stands for: a module, or what can be reached from the longest module in it."""
    found, rest = kgan, name.split(".")[1:]
    for index, part in enumerate(rest):
        if not hasattr(found, part):
            importlib.import_module(".".join(["kgan", *rest[: index + 1]]))
        found = getattr(found, part)
    return found

"""Small molecules by a rule, and a small compiled model of them."""

import functools
import itertools
import tempfile
from pathlib import Path

import keras
import numpy as np

import kgan

_HEADS, _TAILS = ("C", "CC", "CCC", "OC", "NC"), ("O", "N", "Cl")
_RINGS = ("c1ccccc1", "C1CCCC1", "c1ccncc1", "C1COCC1")


def smiles():
    """60 different molecules: a chain, a ring, and an atom."""
    return [f"{head}{ring[:-2]}({tail}){ring[-2:]}" for head, ring, tail in itertools.product(_HEADS, _RINGS, _TAILS)]


def splits(batch_size=8, **options):
    """The molecules, loaded."""
    return kgan.data.load_molecules(smiles(), batch_size, **{"tokens": 20, "validation_split": 0.2, **options})


def compiled(data, seed=0, width=12, **arguments):
    """A model of molecules, with the recipe's losses."""
    model = kgan.Molecules.of(data, width=width, seed=seed, **arguments)
    model.compile(
        keras.optimizers.Adam(5e-3),
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        loss="non_saturating",
        penalties=["r1"],
        objectives=["likelihood"],
        jit_compile=False,
    )
    return model


@functools.cache
def trained():
    """A model that saw the molecules once and likes chains of carbon, which are valid; tests of a process share it."""
    data = splits()
    model = compiled(data, ema_half_life=50)
    model.fit(data, epochs=1, verbose=0)
    liked = np.zeros(data.vocabulary.size)
    liked[[0, 1 + data.vocabulary.symbols.index("C")]] = 4.0  # the end, and carbon
    for averaged in (True, False):
        bias = model.network(averaged).get_layer("scores").bias
        bias.assign(bias.numpy() + liked)
    return model


@functools.cache
def bundle():
    """The ONNX bundle of `trained()`, likewise."""
    return kgan.export.save(trained(), Path(tempfile.mkdtemp()) / "bundle", formats=("onnx",))

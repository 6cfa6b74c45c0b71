"""A small table whose columns go together, and a small compiled model of it."""

import functools
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd

import kgan

ROWS = 600


def frame(count=ROWS, seed=0):
    """Rows of every kind of column: `size` is about ten times the place of `cut` in its list."""
    random = np.random.default_rng(seed)
    cut = random.choice(["Fair", "Good", "Ideal"], count, p=[0.1, 0.3, 0.6])
    place = pd.Series(cut).map({"Fair": 0, "Good": 1, "Ideal": 2}).to_numpy()
    size = np.round(10 * place + random.normal(0, 1, count), 2)
    price = pd.array(random.integers(100, 5_000, count), dtype="Int64")
    price[random.random(count) < 0.1] = pd.NA
    return pd.DataFrame(
        {
            "cut": cut,
            "size": size,
            "price": price,
            "sold": random.random(count) < 0.5,
            "stars": random.integers(1, 6, count),
            "day": np.datetime64("2024-01-01") + random.integers(0, 365, count).astype("timedelta64[D]"),
        }
    )


def splits(batch_size=50, **options):
    """The table, loaded."""
    return kgan.data.load_table(frame(), batch_size, **{"modes": 4, "validation_split": 0.2, **options})


def compiled(data, seed=0, pac=5, width=16, **arguments):
    """A model of a table, with the paper's loss."""
    model = kgan.Tabular.of(data, latent_dim=8, width=width, pac=pac, seed=seed, **arguments)
    model.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
        keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
        loss="wasserstein",
        penalties=["wgangp"],
        objectives=["condition_cross_entropy"],
        jit_compile=False,
    )
    return model


@functools.cache
def trained():
    """A model that has seen the table once; tests of a process share it, and change nothing of it."""
    data = splits()
    model = compiled(data)
    model.fit(data, epochs=1, verbose=0)
    return model


@functools.cache
def bundle():
    """The ONNX bundle of `trained()`, likewise."""
    return kgan.export.save(trained(), Path(tempfile.mkdtemp()) / "bundle", formats=("onnx",))

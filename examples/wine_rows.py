"""Rows of a table, and what every one of them is to hold: scikit-learn's 178 wines.

python examples/wine_rows.py                # about two minutes on two CPU cores
python examples/wine_rows.py --epochs 5     # a first look
"""

import argparse

import keras
from sklearn.datasets import load_wine

import kgan


def main(epochs: int = 500, out: str = "wine-rows") -> kgan.Tabular:
    """Trains, writes strong wines of one cultivar to a CSV file beside the bundle, and exports."""
    wine = load_wine(as_frame=True)
    frame = wine.frame.drop(columns="target").assign(cultivar=wine.target_names[wine.frame["target"]])
    splits = kgan.data.load_table(frame, batch_size=80, validation_split=0.1)
    table = kgan.Tabular.of(splits, pac=1, ema_half_life=2_000, seed=0)
    table.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
        keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9),
        loss="wasserstein",
        penalties=["wgangp"],
        objectives=["condition_cross_entropy"],
    )
    monitor = kgan.callbacks.TableMonitor(every=max(1, epochs // 10))
    table.fit(splits, epochs=epochs, verbose=0, callbacks=[monitor])
    rows = table.sample(100, seed=0, where={"cultivar": "class_0", "alcohol": (13.5, None)})
    rows.to_csv(f"{out}.csv", index=False)
    print(rows.describe().T[["mean", "std", "min", "max"]])
    kgan.export.save(table, out)  # with rows.py, which writes such files without Keras
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--out", default="wine-rows", help="the bundle; the CSV file lies beside it")
    main(**vars(parser.parse_args()))

"""What rows of diamonds come to: shapes of columns, correlations, prices learned from drawn rows, a detector.

python benchmarks/diamonds.py diamonds.csv --epochs 8
python benchmarks/diamonds.py diamonds.csv --epochs 40 --recipe ctgan
python benchmarks/diamonds.py diamonds.csv --epochs 8 --set model.ema_half_life=none --set model.pac=10

`diamonds.csv` is the table of ggplot2, 53,940 rows; the wheel of plotnine holds it. 10,000 rows are held out. Processor
time has loading, compiling and training in it.
"""

import argparse
import json
import time

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score

import kgan
from kgan.metrics.tables import column_shapes

_HELD_OUT, _DRAWN, _TOLD = 10_000, 20_000, 10_000
_CATEGORIES, _PRICE = ("cut", "color", "clarity"), "price"


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows as numbers: categories by the order of their names."""
    return frame.assign(**{name: pd.Categorical(frame[name]).codes for name in _CATEGORIES}).astype(float)


def price_r2(train: pd.DataFrame, test: pd.DataFrame) -> float:
    """R2 on the second of gradient boosting that learns prices from the first."""
    model = HistGradientBoostingRegressor(random_state=0).fit(train.drop(columns=_PRICE), train[_PRICE])
    return float(r2_score(test[_PRICE], model.predict(test.drop(columns=_PRICE))))


def detector_auc(drawn: pd.DataFrame, real: pd.DataFrame) -> float:
    """How well gradient boosting tells drawn rows from real ones that it did not see; 0.5 is luck."""
    rows = pd.concat([drawn[:_TOLD], real[:_TOLD]])
    truth = np.repeat([0.0, 1.0], _TOLD)
    order = np.random.default_rng(0).permutation(2 * _TOLD)
    seen, unseen = order[:_TOLD], order[_TOLD:]
    model = HistGradientBoostingClassifier(random_state=0).fit(rows.iloc[seen], truth[seen])
    return float(roc_auc_score(truth[unseen], model.predict_proba(rows.iloc[unseen])[:, 1]))


def main(source: str, recipe: str, epochs: int, seed: int, settings: list[str]) -> None:
    """Trains, draws, and prints the figures as a line of JSON."""
    frame = pd.read_csv(source)
    order = np.random.default_rng(7).permutation(len(frame))
    test, train = (frame.iloc[part].reset_index(drop=True) for part in (order[:_HELD_OUT], order[_HELD_OUT:]))
    begun = time.process_time()
    asked = kgan.recipes.get(recipe).changed({"epochs": epochs, **dict(one.split("=", 1) for one in settings)})
    splits = kgan.data.load_table(train, asked.batch_size, **{**asked.data, "validation_split": 0.0}, seed=seed)
    model = asked.build(splits, seed=seed)
    model.fit(splits, epochs=epochs, verbose=0)
    took = time.process_time() - begun
    drawn = model.sample(_DRAWN, seed=1)
    shapes = column_shapes(test, drawn)
    some, others = numbered(drawn), numbered(test)
    apart = np.abs(some.corr() - others.corr()).to_numpy()[np.triu_indices(len(frame.columns), 1)]
    figures = {
        "column_shapes": np.mean(list(shapes.values())),
        "correlations_alike": 1 - apart.mean() / 2,
        "price_r2": price_r2(some, others),
        "price_r2_of_the_table": price_r2(numbered(train), others),
        "detector_auc": detector_auc(some, others),
    }
    figures = {name: round(float(value), 4) for name, value in figures.items()}
    print(json.dumps({"recipe": recipe, "epochs": epochs, "set": settings, "processor_s": round(took), **figures}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="the CSV file")
    parser.add_argument("--recipe", default="tabular")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    main(**vars(parser.parse_args()))

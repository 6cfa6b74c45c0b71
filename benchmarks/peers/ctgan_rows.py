"""Rows of PyPI's `ctgan`, which an environment of its own has: a CSV file in, a CSV file of drawn rows out.

Its licence allows running it. It is called as its documentation says, and none of its code is here.
"""

import argparse
import json
import random
import time

import numpy as np
import pandas as pd
import torch
from ctgan import CTGAN


def main(source: str, out: str, discrete: list[str], count: int, seconds: float, seed: int) -> None:
    """Trains for so much processor time, as far as whole epochs do, and prints what it took as a line of JSON."""
    rows = pd.read_csv(source)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    begun = time.process_time()
    CTGAN(epochs=1, enable_gpu=False).fit(rows, discrete)
    first = time.process_time() - begun
    begun = time.process_time()
    CTGAN(epochs=3, enable_gpu=False).fit(rows, discrete)
    of_each = max((time.process_time() - begun - first) / 2, 1e-3)
    epochs = max(1, int((seconds - (first - of_each)) / of_each))
    begun = time.process_time()
    model = CTGAN(epochs=epochs, enable_gpu=False)
    model.fit(rows, discrete)
    trained = time.process_time() - begun
    begun = time.process_time()
    drawn = model.sample(count)
    print(json.dumps({"epochs": epochs, "training_s": trained, "drawing_s": time.process_time() - begun}))
    drawn.to_csv(out, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--discrete", nargs="*", default=[])
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    main(**vars(parser.parse_args()))

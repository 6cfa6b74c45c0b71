"""Molecules like those of a list: 5,000 of the National Cancer Institute, which rdkit ships.

python examples/new_molecules.py                # some ten minutes on two CPU cores
python examples/new_molecules.py --epochs 2     # a first look
"""

import argparse
from pathlib import Path

import keras
from rdkit import RDConfig

import kgan


def main(epochs: int = 60, width: int = 256, out: str = "new-molecules") -> kgan.Molecules:
    """Trains, draws molecules into a picture beside the bundle, and exports."""
    lines = (Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi").read_text().splitlines()
    splits = kgan.data.load_molecules([line.split()[0] for line in lines], batch_size=128)
    print(*splits.found.lines(), sep="\n")
    molecules = kgan.Molecules.of(splits, width=width, ema_half_life=5_000, seed=0)
    molecules.compile(
        keras.optimizers.Adam(1e-4),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        penalties=["r1"],
        objectives=["likelihood"],
        jit_compile=False,
    )
    # Half of the epochs as a language model, at 1e-3.
    first = kgan.callbacks.Pretraining(objective="likelihood", learning_rate_factor=10.0, say=print)
    monitor = kgan.callbacks.MoleculeMonitor(every=max(1, epochs // 10))
    molecules.fit(splits, epochs=epochs, verbose=0, callbacks=[first, monitor])
    drawn = molecules.sample(1_000, seed=0)
    measures = kgan.metrics.molecules
    print(f"{measures.validity(drawn):.1%} valid, {measures.uniqueness(drawn):.1%} of these different")
    kgan.callbacks.molecule_grid.drawn_molecules(drawn[:20]).save(f"{out}.png")
    kgan.export.save(molecules, out)  # with molecules.py, which writes SMILES without Keras
    return molecules


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--out", default="new-molecules", help="the bundle; the picture lies beside it")
    main(**vars(parser.parse_args()))

"""What the adversarial loss of a translation is worth: pix2pix, L1 alone and blurred copies of the truth, side by side.

    python benchmarks/emoji_pairs.py package/img/google/64 pairs    # of npm's emoji-datasource-google
    python benchmarks/translation.py pairs --epochs 16 --set generator.width=32 --set discriminator.width=32 \
        --set discriminator.layers=2 --set batch_size=8

Both models have the same networks, seed, pairs and epochs; L1 alone is the recipe with its adversarial loss weighted 0.
The blurred copies say what PSNR and SSIM reward: copies that nobody would take for sharp. Figures are on the
held-out pairs. The grid has a row for each of some held-out pairs: input, pix2pix, L1 alone, truth.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFilter

import kgan

RADII = (1, 2, 4)  # pixels
ROWS = 10


def metrics() -> list[kgan.metrics.PairMetric]:
    """The figures of a row."""
    return [kgan.metrics.PSNR(), kgan.metrics.SSIM(), kgan.metrics.MeanAbsoluteError()]


def as_float(images: np.ndarray) -> np.ndarray:
    """uint8 to [-1, 1]."""
    return images.astype(np.float32) / 127.5 - 1.0


def blurred(radius: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A copy of the truth through a Gaussian of so many pixels."""

    def copy(inputs, targets):
        pictures = [Image.fromarray(one.squeeze()).filter(ImageFilter.GaussianBlur(radius)) for one in targets]
        return as_float(np.stack([np.asarray(one) for one in pictures])).reshape(targets.shape)

    return copy


def trained(recipe: kgan.recipes.Recipe, data: kgan.data.Splits, adversarial: float, verbose: int) -> kgan.Translation:
    """The recipe's model, its adversarial loss with this weight."""
    model = recipe.build(data, seed=0)
    model.compile(**recipe.compile_arguments(), loss_weights={"discriminator": adversarial})
    started = time.perf_counter()
    model.fit(data.train, epochs=recipe.epochs, verbose=verbose)
    print(f"Trained {recipe.epochs} epochs in {(time.perf_counter() - started) / 60:.1f} minutes", flush=True)
    return model


def measured(data: kgan.data.Splits, copy: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Iterator[float]:
    """The figures of what a copy or a model makes of the held-out pairs."""
    found = metrics()
    for inputs, targets in data.validation.as_numpy_iterator():
        outputs = copy(inputs, targets)
        for metric in found:
            metric.update_state(targets, outputs)
    return (float(metric.result()) for metric in found)


def main() -> None:
    """Trains both, prints the table, draws the grid."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", help="as kgan.data.load_pairs takes them, with a held-out part")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as kgan train takes it")
    parser.add_argument("--rows", choices=("both", "l1"), default="both", help="which models to train")
    parser.add_argument("--grid", default="translation.png")
    parser.add_argument("--verbose", type=int, default=0)
    arguments = parser.parse_args()
    settings = dict(one.split("=", 1) for one in arguments.set) | {"epochs": str(arguments.epochs)}
    recipe = kgan.recipes.get("pix2pix").changed(settings)
    data = kgan.data.load_pairs(arguments.pairs, batch_size=recipe.batch_size, seed=0, **recipe.data)
    print(data)
    kinds = {"pix2pix": 1.0, "L1 alone": 0.0}
    models = {
        name: trained(recipe, data, weight, arguments.verbose)
        for name, weight in kinds.items()
        if arguments.rows == "both" or name == "L1 alone"
    }
    rows = {name: lambda inputs, targets, model=model: model.translate(inputs) for name, model in models.items()}
    rows |= {f"truth, blurred by {radius} pixels": blurred(radius) for radius in RADII}
    print(f"| | {' | '.join(metric.label for metric in metrics())} |\n| --- | --- | --- | --- |")
    for name, copy in rows.items():
        print(f"| {name} | {' | '.join(f'{figure:.3f}' for figure in measured(data, copy))} |", flush=True)
    inputs, targets = (
        np.concatenate(side)[:: max(1, data.held_out // ROWS)][:ROWS]
        for side in zip(*data.validation.as_numpy_iterator(), strict=True)
    )
    shown = [as_float(inputs), *(model.translate(inputs) for model in models.values()), as_float(targets)]
    channels = targets.shape[-1]
    shown = [np.broadcast_to(one, (*one.shape[:-1], channels)) for one in shown]
    kgan.pictures.grid(np.stack(shown, axis=1).reshape(-1, *targets.shape[1:]), columns=len(shown)).save(arguments.grid)
    print(f"{', '.join(['input', *models, 'truth'])}, from left to right, in {arguments.grid}")


if __name__ == "__main__":
    main()

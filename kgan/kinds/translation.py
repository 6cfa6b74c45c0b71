"""Translation: an image becomes another one that is known for each. Its model is `kgan.Translation`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from kgan import callbacks, data, recipes
from kgan.architectures import freeze_lower_layers
from kgan.data import DataError, Splits
from kgan.evaluation import of_pairs
from kgan.kinds.suited_features import suited
from kgan.kinds.translators import exported_translator
from kgan.metrics import PSNR, SSIM, MeanAbsoluteError, PairFeatureDistance, PairMetric, extractors
from kgan.models.kind import Exported, Kind, Panel, Say, Standard
from kgan.models.translation import Translation as Model
from kgan.report import of_pairs as pair_sections
from kgan.run import Run

__all__ = ["Translation"]

_SSIM_WINDOW = 11  # pixels that an image must have
_TELLING = 20  # held-out pairs from which on distances to their truths tell one epoch from another


class Translation(Kind):
    """An input in, an output out, compared with the truth that belongs to the input."""

    name = "translation"
    model = Model
    loader = staticmethod(data.load_pairs)
    options: Mapping[str, bool | int | float | str | tuple] = MappingProxyType({"frozen_layers": 0})
    compared_by = ("val_psnr", "val_l1", "monitor_held_out_psnr", "monitor_train_psnr")
    panels: Sequence[Panel] = pair_sections.PANELS
    several_discriminators = True
    conditional = True  # whether discriminators see the input beside the sample
    facts: Mapping[str, Any] = MappingProxyType({})  # what artefacts say besides

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The pairs as `kgan.data.load_pairs` has them.

        Raises:
            DataError: if the pairs cannot be loaded, or are no images.
        """
        splits = self.loader(source, batch_size, seed=seed, strict=strict, **options)
        for side, shape in (("inputs", splits.input_shape), ("targets", splits.sample_shape)):
            if len(shape) != 3:
                raise DataError(
                    f"Expected images, because the recipes train convolutional networks. "
                    f"Received: {side} of shape {shape}. Build your own networks with kgan.Translation."
                )
        return splits

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        inputs, samples = splits.input_shape, splits.sample_shape
        seen = {"sample_shape": samples, **({"condition_shape": inputs} if self.conditional else {})}
        discriminator = recipe.discriminator_networks(seed=seed + 1000, **seen)  # other weights than the generator's
        if recipe.model["frozen_layers"]:
            for one in discriminator.values() if isinstance(discriminator, dict) else [discriminator]:
                freeze_lower_layers(one, recipe.model["frozen_layers"])
        model = self.model(
            self.generator(recipe, inputs, samples, seed),
            discriminator,
            seed=seed,
            **self.of_data(splits),
            **recipe.model_arguments(),
        )
        model.compile(**recipe.compile_arguments(**self.derived(splits)), metrics=list(metrics))
        return model

    def of_data(self, splits: Splits) -> dict[str, Any]:
        """Arguments of the model's constructor that follow from the data."""
        return {}

    def derived(self, splits: Splits) -> dict[str, Any]:
        """Arguments of objectives that follow from the data."""
        return {}

    def generator(self, recipe: recipes.Recipe, inputs: tuple, samples: tuple, seed: int) -> keras.Model:
        """The generator of a recipe for inputs and targets of these shapes."""
        return recipe.network("generator", input_shape=inputs, output_channels=samples[-1], seed=seed)

    def check_same_data(self, model: Model, splits: Splits) -> None:
        expected = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        received = tuple(splits.input_shape), tuple(splits.sample_shape)
        if expected != received:
            raise ValueError(
                f"Expected the data that the run began with: inputs of shape {expected[0]}, targets of shape "
                f"{expected[1]}. Received: inputs of shape {received[0]}, targets of shape {received[1]}."
            )

    # --- figures ---

    compared_with: Mapping[str, Any] = MappingProxyType({})  # further arguments of `of_pairs.evaluate`

    def figures(
        self, features: str | None, sample_shape: Sequence[int], input_shape: Sequence[int]
    ) -> list[PairMetric]:
        """The metrics for targets and inputs of these shapes, made anew."""
        return _metrics(features, sample_shape)

    def picture_shape(self, sample_shape: Sequence[int]) -> Sequence[int]:
        """The shape of the pictures that extractors look at."""
        return sample_shape

    def features_for(self, features: str | None, source: str) -> str | None:
        return suited(features, source)

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[PairMetric]:
        if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
            extractors.get(features)(np.zeros((1, *self.picture_shape(splits.sample_shape)), np.float32))
        return self.figures(features, splits.sample_shape, splits.input_shape) if held_out else []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if not held_out:
            return ["No metrics of outputs: the data has no held-out pairs."]
        names = [one.label for one in self.figures(features, splits.sample_shape, splits.input_shape)]
        lines = [f"{'; '.join(names)} on {held_out:,} held-out pairs after each epoch."]
        if not _fits_ssim(splits.sample_shape):
            lines.append(f"No SSIM: images have sides below the {_SSIM_WINDOW} pixels of its window.")
        if asked == recipes.AUTO and features == "pixels":
            lines.append("No distance of features: pip install 'kgan[efficientnet]' brings a network to look with.")
        return lines

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """The distance of features where there is a network to look through; else PSNR, which prefers blur."""
        if not held_out:
            return None
        if features in (None, "pixels"):
            because = "PSNR alone prefers blurred outputs"
            return Standard("val_psnr", highest=True, slack=0.005, trusted=False, because=because)
        because, trusted = f"on {held_out:,} held-out pairs", True
        if held_out < _TELLING:
            because, trusted = f"{held_out} held-out pairs are too few to tell epochs by", False
        return Standard("val_feature_distance", highest=False, slack=0.01, trusted=trusted, because=because)

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_pairs.PairsEvaluation:
        if features is None:
            features = self.features_for(run.plan.recipe.features, run.plan.source)
        elif isinstance(features, str):
            extractors.checked(features)
        name = None if features is None else extractors.get(features).name

        def figures(model: Model) -> list[PairMetric]:
            return self.figures(features, tuple(model.sample_shape), tuple(model.input_shape_of_sample))

        return of_pairs.evaluate(run, figures, num_samples, name, seed, say, **self.compared_with)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.TranslationGrid(run.samples, log_dir=run.tensorboard / "samples")]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.TranslationMonitor:
        return callbacks.TranslationMonitor(path=path, say=say, advice_for="command line")

    def sections(self, run: Run, model: Model, evaluation: of_pairs.PairsEvaluation) -> list[str]:
        return pair_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """What artefacts take and give: `image` in, `generated` out, any height and width where the network allows.

        The network computes in inference mode: dropout, which pix2pix keeps at test time, is off, so that the same
        image gives the same output each time.
        """
        shapes = tuple(model.input_shape_of_sample), tuple(model.sample_shape)
        return exported_translator(
            model.inference_generator, shapes, model.value_range, {"kind": self.name, **self.facts}
        )


def _metrics(features: str | None, sample_shape: Sequence[int]) -> list[PairMetric]:
    """PSNR, SSIM where images are large enough, the mean absolute error, and a distance where there are features."""
    metrics = [PSNR(), *([SSIM()] if _fits_ssim(sample_shape) else []), MeanAbsoluteError()]
    if features not in (None, "pixels"):  # of the pixels themselves, a distance says what PSNR says
        metrics.append(PairFeatureDistance(features))
    return metrics


def _fits_ssim(sample_shape: Sequence[int]) -> bool:
    return min(sample_shape[:2]) >= _SSIM_WINDOW

"""Super-resolution: a small picture becomes a large one. Its model is `kgan.SuperResolution`."""

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import keras

from kgan import data, recipes
from kgan.evaluation import of_pairs, of_whole_pictures
from kgan.evaluation.results import Wording
from kgan.kinds import falling_rates
from kgan.kinds.translation import Translation
from kgan.metrics import PSNR, SSIM, MeanAbsoluteError, PairFeatureDistance, PairMetric
from kgan.models.kind import Say
from kgan.models.super_resolution import SuperResolution as Model
from kgan.run import Run

__all__ = ["SuperResolution", "UpscalingEvaluation"]

_SSIM_WINDOW = 11  # pixels that an image must have


class UpscalingEvaluation(of_pairs.PairsEvaluation):
    """What `evaluate` found of a model of super-resolution, beside what bicubic interpolation comes to."""

    wording: ClassVar[Wording] = Wording(
        made="outputs",
        instead="bicubic instead",
        columns=("Output against held-out truth", "Bicubic in its place", "Output against training truth"),
        explained="Bicubic in its place is what enlarging by interpolation scores on the same pictures. PSNR and SSIM "
        "are of the luminance (Y of BT.601, 8 bits), without as many pixels at each edge as the scale, as papers have "
        "them; they prefer blur. The feature distance prefers pictures that look right. Against training pictures a "
        "generator that knows them by heart would look best. Below each: outputs : truths.",
    )


class SuperResolution(Translation):
    """A small picture in, a large one out, compared with the picture that the small one was made of."""

    name = "super_resolution"
    model = Model
    loader = staticmethod(data.load_upscaling)
    compared_by = ("val_feature_distance", "val_psnr", "val_l1", "monitor_held_out_psnr", "monitor_train_psnr")
    conditional = False
    facts: Mapping[str, Any] = MappingProxyType({"keeps_form": True})
    options: Mapping[str, bool | int | float | str | tuple] = MappingProxyType(
        {**Translation.options, "rate_falls": (), "rate_factor": 0.5}
    )

    def build(
        self, recipe: recipes.Recipe, splits: data.Splits, seed: int, metrics: Sequence[keras.metrics.Metric] = ()
    ) -> Model:
        """The model, whose learning rates fall at the shares `model.rate_falls` of the planned game.

        Raises:
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """
        return super().build(falling_rates.planned(recipe, splits), splits, seed, metrics)

    def told(self, recipe: recipes.Recipe) -> dict[str, str]:
        """How small pictures were made, and what the losses beside the adversarial one looked through."""
        seen = recipe.objectives.get("feature_distance")
        layers = "" if not (seen and seen["layers"]) else f", layers {', '.join(seen['layers'])}"
        made = f"1/{recipe.data['scale']} of the size, degradation {recipe.data['degradation']}"
        return {
            "Small pictures": f"{made}{', truths sharpened' if recipe.data['sharpen'] else ''}",
            "Perceptual network": f"{seen['features']}{layers}" if seen else "none",
        }

    def generator(self, recipe: recipes.Recipe, inputs: tuple, samples: tuple, seed: int) -> keras.Model:
        """The generator of a recipe, for the scale of the data."""
        scale = samples[0] // inputs[0]
        return recipe.network("generator", input_shape=inputs, output_channels=samples[-1], scale=scale, seed=seed)

    def figures(
        self, features: str | None, sample_shape: Sequence[int], input_shape: Sequence[int]
    ) -> list[PairMetric]:
        """PSNR and SSIM of the luminance without the border, the mean absolute error, a distance of features."""
        scale = sample_shape[0] // input_shape[0]
        paper = {"luminance": True, "border": scale}
        found: list[PairMetric] = [PSNR(**paper)]
        if min(sample_shape[:2]) - 2 * scale >= _SSIM_WINDOW:
            found.append(SSIM(**paper))
        found.append(MeanAbsoluteError())
        if features not in (None, "pixels"):
            found.append(PairFeatureDistance(features))
        return found

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_pairs.PairsEvaluation:
        """As of pairs, on parts as large as those in training; and whole held-out pictures, as papers measure them."""
        found = super().evaluate(run, num_samples, features, seed, say)
        model = run.load_exported()
        shapes = tuple(model.sample_shape), tuple(model.input_shape_of_sample)
        whole = run.plan.load().whole
        figures, notes = of_whole_pictures.figures(model, whole, lambda: self.figures(None, *shapes), say)
        return dataclasses.replace(found, figures=[*found.figures, *figures], notes=[*found.notes, *notes])

    compared_with: Mapping[str, Any] = MappingProxyType(
        {"instead": lambda model, inputs, shape: model.enlarged(inputs), "form": UpscalingEvaluation}
    )

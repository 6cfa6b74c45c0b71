"""Generation: noise, perhaps with labels, becomes samples like those of a data set. Its model is `kgan.GAN`."""

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, latent_tools, recipes
from kgan._game import networks, packing, squashing
from kgan._game.batch import IMAGES, SAMPLES
from kgan._game.style_parts import StyleParts
from kgan.architectures import freeze_lower_layers
from kgan.data import DataError, Splits
from kgan.evaluation import of_samples
from kgan.kinds import style_inputs
from kgan.kinds.known_classes import known
from kgan.kinds.suited_features import suited
from kgan.latent_tools.directions import first_directions, style_directions
from kgan.metrics import FeatureMetric, extractors
from kgan.models.gan import GAN
from kgan.models.kind import Exported, Kind, Panel, Say, Standard, Tensor
from kgan.objectives import AuxiliaryClassifier
from kgan.report import of_samples as sample_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["FEWEST", "MOST", "Generation", "directions"]

FEWEST = 10  # held-out reals that metrics are worked out on: neighbourhoods reach out to the 5th
_TELLING = 100  # held-out reals from which on distances to them tell one epoch from another
_SLIDERS = 5  # directions that a bundle carries
MOST = 2_000  # samples that metrics draw after each epoch, or they would take longer than the epoch


class Generation(Kind):
    """Latents in, samples out, compared with reals that no sample is paired with."""

    name = "gan"
    model = GAN
    loader = staticmethod(data.load)
    options: Mapping[str, bool | int | float | str] = MappingProxyType(
        {"conditional": True, "frozen_layers": 0}  # whether labels are used where there are any; as FreezeD freezes
    )
    compared_by = ("val_frechet_distance", "val_kernel_distance", "monitor_separation")
    panels: Sequence[Panel] = sample_sections.PANELS
    takes_balance = True

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The data as `kgan.data.load` has it.

        Raises:
            DataError: if the data cannot be loaded, or is no images.
        """
        splits = self.loader(source, batch_size, seed=seed, strict=strict, **options)
        if len(splits.sample_shape) != 3:
            raise DataError(
                f"Expected images, because the recipes train convolutional networks. "
                f"Received: samples of shape {splits.sample_shape}. Build your own networks with kgan.GAN."
            )
        return splits

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> GAN:
        classes, tags, names = None, None, None
        if recipe.model["conditional"]:
            classes, tags = splits.num_classes, splits.num_tags
            names = splits.class_names if tags is None else splits.tag_names
        derived = {"sample_shape": splits.sample_shape, "num_classes": classes, "num_tags": tags}
        seen = {**derived, "sample_shape": packing.shape_of(splits.sample_shape, recipe.model["pac"])}
        discriminator = recipe.network("discriminator", seed=seed + 1000, **seen)  # other weights than the generator's
        if recipe.model["frozen_layers"]:
            freeze_lower_layers(discriminator, recipe.model["frozen_layers"])
        gan = GAN(
            recipe.network("generator", seed=seed, **derived),
            discriminator,
            num_classes=classes,
            class_names=names,
            seed=seed,
            **recipe.model_arguments(),
        )
        arguments = recipe.compile_arguments()
        if classes is None and tags is None:  # without labels there is nothing to tell
            arguments["objectives"] = [
                one for one in arguments["objectives"] if not isinstance(one, AuxiliaryClassifier)
            ]
        tells_classes = isinstance(gan.discriminator.output, dict) and "classes" in gan.discriminator.output
        if tells_classes and not any(isinstance(one, AuxiliaryClassifier) for one in arguments["objectives"]):
            arguments["objectives"].append(AuxiliaryClassifier())
        gan.compile(**arguments, metrics=list(metrics))
        return gan

    def check_same_data(self, model: GAN, splits: Splits) -> None:
        shape, classes, tags = splits.sample_shape, splits.num_classes, splits.num_tags
        same_labels = model.num_classes in (None, classes) and model.num_tags in (None, tags)
        if model.sample_shape != shape or not same_labels:
            kinds = f"{classes} classes" if tags is None else f"{tags} tags"
            expected = f"{model.num_classes} classes" if model.num_tags is None else f"{model.num_tags} tags"
            raise ValueError(
                f"Expected the data that the run began with: samples of shape {model.sample_shape}, {expected}. "
                f"Received: shape {shape}, {kinds}."
            )

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> str | None:
        return suited(features, source)

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[FeatureMetric]:
        if features is not None:  # an extractor that does not take such images says so now, not after the first epoch
            extractors.get(features)(np.zeros((1, *splits.sample_shape), np.float32))
        return _metrics(features, splits, held_out)

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if features is None:
            return ["No metrics of samples: the recipe has features=none."]
        if splits.validation is None:
            return ["No metrics of samples: the data has no held-out part."]
        if held_out < FEWEST:
            return [
                f"The run goes without metrics of samples: {held_out} held-out reals are too few for them, {FEWEST} do."
            ]
        number = f"as many samples as there are held-out reals ({held_out:,})"
        if held_out > MOST:
            number = f"{MOST:,} samples, against {held_out:,} held-out reals"
        lines = [f'Metrics on the features "{features}", of {number}.']
        if asked == recipes.AUTO and features == "pixels":
            lines.append(
                "Pixels say little of what is seen: pip install 'kgan[efficientnet]' brings a network to look with."
            )
        if "frechet_distance" not in [metric.name for metric in _metrics(features, splits, held_out)]:
            lines.append("No Frechet distance: samples of this size have too many pixels for their covariance.")
        return lines

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """The kernel distance, which, unlike the Frechet distance, has no bias that grows as samples get fewer."""
        if features is None or held_out < FEWEST:
            return None
        because, trusted = f"on {held_out:,} held-out reals", True
        if features == "pixels":
            because, trusted = "distances of pixels say little of what is seen", False
        elif held_out < _TELLING:
            because, trusted = f"a distance to {held_out} held-out reals is mostly noise", False
        return Standard("val_kernel_distance", highest=False, slack=0.05, trusted=trusted, because=because)

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_samples.SamplesEvaluation:
        if features is None:
            features = self.features_for(run.plan.recipe.features, run.plan.source) or "pixels"
        return of_samples.evaluate(run, num_samples, features, seed, say)

    def check_balance(self, run: Run, column: str) -> None:
        of_samples.check_balance(run, column)

    def balanced(
        self, run: Run, evaluation: of_samples.SamplesEvaluation, column: str, seed: int, say: Say
    ) -> of_samples.SamplesEvaluation:
        return of_samples.balanced(run, evaluation, column, seed, say)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.SampleGrid(run.samples, log_dir=run.tensorboard / "samples")]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.EquilibriumMonitor:
        return callbacks.EquilibriumMonitor(
            features=features or "pixels", path=path, say=say, advice_for="command line"
        )

    def sections(self, run: Run, model: GAN, evaluation: of_samples.SamplesEvaluation) -> list[str]:
        return sample_sections.sections(run, model, evaluation)

    # --- artefacts ---

    def exported(self, model: GAN) -> Exported:
        labels = _labels_input(model)
        latents = model.latents
        facts = {
            "latent_distribution": latents.name,
            "latent_arguments": latents.get_config(),
            "value_range": model.value_range,
            "num_classes": model.num_classes if labels else None,
            "num_tags": model.num_tags if labels else None,
            "class_names": model.class_names if labels else None,  # of the tags, where it takes tags
        }
        shape = tuple(model.sample_shape)
        parts = StyleParts.found_in(model.inference_generator)
        further = self._further(model)
        whole = Exported(
            inputs=(Tensor("latents", (model.latent_dim,)), *([labels] if labels else [])),
            output=Tensor(_output_name(model), shape),
            further=further,
            call=functools.partial(_call_styles if parts else _call, classes=facts["num_classes"]),
            example=lambda batch: _example(model, batch) | (style_inputs.example(parts, batch) if parts else {}),
            optional=style_inputs.tensors(parts) if parts else (),
            defaults=style_inputs.defaults if parts else None,
            value_range=model.value_range,
            metadata={
                "kgan_version": __version__,
                "kgan_latent_distribution": latents.name,
                "kgan_latent_arguments": json.dumps(facts["latent_arguments"]),
                "kgan_latent_dim": str(model.latent_dim),
                "kgan_sample_shape": json.dumps(shape),
                "kgan_value_range": json.dumps(model.value_range),
                "kgan_num_classes": json.dumps(facts["num_classes"]),
                "kgan_num_tags": json.dumps(facts["num_tags"]),
                "kgan_class_names": json.dumps(facts["class_names"]),
                **({"kgan_further_outputs": json.dumps(_said(further))} if further else {}),
            },
            of_weights=lambda generator: {
                "kgan_directions": json.dumps(directions(generator, model.latent_dim)),
                **({"kgan_style_directions": json.dumps(_style_directions(generator))} if parts else {}),
            },
            card=facts,
            programs=(*_films(model), "latents.js", "Latents.cs"),
            draw=lambda count, seed: _draw(model, count, seed),
        )
        if parts is None:
            return whole
        return dataclasses.replace(whole, parts=style_inputs.parts(whole, parts, facts["num_classes"]))

    def _further(self, model: GAN) -> tuple[Tensor, ...]:
        """Outputs that artefacts have besides the samples."""
        return _further_outputs(model)


def _films(model: GAN) -> tuple[str, ...]:
    """The program that makes films, where samples are images."""
    return ("latents.py",) if len(model.sample_shape) == 3 and model.value_range is not None else ()


def directions(generator: keras.Model, latent_dim: int) -> dict[str, list[float]] | None:
    """Sliders in z for the bundle, by SeFa; `None` where no first layer takes the latents as they are."""
    try:
        return _rounded(first_directions(generator, min(_SLIDERS, latent_dim)))
    except latent_tools.FirstLayerError:
        return None


def _style_directions(generator: keras.Model) -> dict[str, list[float]] | None:
    """Sliders in w, for the optional input `style_offset`; `None` where no layer makes styles of w by a matrix."""
    parts = StyleParts.of(generator)
    try:
        return _rounded(style_directions(parts, min(_SLIDERS, parts.style_dim)))
    except latent_tools.FirstLayerError:
        return None


def _rounded(found: latent_tools.Directions) -> dict[str, list[float]]:
    return {
        name: [round(float(number), 7) for number in vector]
        for name, vector in zip(found.names, found.vectors, strict=True)
    }


def _metrics(features: str | None, splits: Splits, held_out: int) -> list[FeatureMetric]:
    if features is None or held_out < FEWEST:
        return []
    return recipes.sample_metrics(features, splits.sample_shape, MOST if held_out > MOST else None)


def _output_name(model: GAN) -> str:
    """What artefacts call the samples: as the generator does, where it names its outputs."""
    if isinstance(model.output_shape, Mapping):
        return model.samples_output
    return IMAGES if len(model.sample_shape) == 3 else SAMPLES


def _further_outputs(model: GAN) -> tuple[Tensor, ...]:
    """What the generator gives besides samples, in its order; in the range of the activation that each ends in."""
    shapes = networks.named_outputs(model.generator)
    for name in shapes:
        if not name.isidentifier() or not name.isascii():
            raise ValueError(
                f"Expected names of the generator's outputs that programs can have, as 'masks'. Received: {name!r}. "
                f"Name it otherwise: keras.Model(generator.inputs, {{'masks': ..., ...}})."
            )
    return tuple(
        Tensor(name, shape[1:], value_range=squashing.bounds(model.generator, name))
        for name, shape in shapes.items()
        if name != model.samples_output
    )


def _said(further: Sequence[Tensor]) -> dict[str, dict[str, Any]]:
    """The same for whoever opens the ONNX file."""
    return {one.name: {"shape": one.shape, "value_range": one.value_range} for one in further}


def _labels_input(model: GAN) -> Tensor | None:
    """The input `labels` of a generator that takes them: int64 classes, or float32 tags."""
    if not model.generator_takes_labels:
        return None
    return Tensor("labels", (), "int64") if model.num_tags is None else Tensor("labels", (model.num_tags,))


def _call(
    generator: keras.Model, latents: tf.Tensor, labels: "tf.Tensor | None" = None, *, classes: int | None = None
) -> tf.Tensor:
    return generator(latents if labels is None else [latents, known(labels, classes)], training=False)


def _call_styles(
    generator: keras.Model, latents: tf.Tensor, *others: tf.Tensor, classes: int | None = None
) -> tf.Tensor:
    """`_call`, with noise and truncation after the latents and labels where they are given."""
    takes_labels = len(generator.inputs) == 2
    labels, given = (others[0], others[1:]) if takes_labels else (None, others)
    if not given:
        return _call(generator, latents, labels, classes=classes)
    inputs = latents if labels is None else [latents, known(labels, classes)]
    return style_inputs.call(generator, inputs, *given)


def _example(model: GAN, batch: int) -> dict[str, np.ndarray]:
    random = np.random.RandomState(batch)
    latents = random.standard_normal((batch, model.latent_dim)).astype(np.float32)
    return {"latents": latents, **_labels(model, batch, random)}


def _draw(model: GAN, count: int, seed: int) -> dict[str, np.ndarray]:
    latents = model.latents.draw(count, model.latent_dim, seed)
    return {"latents": latents, **_labels(model, count, np.random.RandomState(seed))}


def _labels(model: GAN, batch: int, random: np.random.RandomState) -> dict[str, np.ndarray]:
    inputs = {}
    if model.generator_takes_labels and model.num_tags is None:
        inputs["labels"] = random.randint(0, model.num_classes, batch).astype(np.int64)
    elif model.generator_takes_labels:
        inputs["labels"] = random.randint(0, 2, (batch, model.num_tags)).astype(np.float32)
    return inputs

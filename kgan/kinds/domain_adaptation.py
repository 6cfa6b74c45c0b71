"""Domain adaptation: a labelled source, and a target without labels. Its model is `kgan.DomainAdaptation`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import architectures, callbacks, data, recipes
from kgan.data import DataError, Splits
from kgan.evaluation import of_domains
from kgan.kinds.without_features import no_features
from kgan.metrics import ClassAccuracy
from kgan.models.domain_adaptation import DomainAdaptation as Model
from kgan.models.kind import Exported, Kind, Panel, Say, Standard, Tensor
from kgan.report import of_domains as domain_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["DomainAdaptation"]

_FEWEST = 10  # held-out samples of each domain for metrics


class DomainAdaptation(Kind):
    """Two domains, one with labels, and a classifier of both."""

    name = "domain_adaptation"
    model = Model
    loader = staticmethod(data.load_domains)
    options: Mapping[str, bool | int | float | str] = MappingProxyType(
        {"classifier_width": 100, "classifier_layers": 2}
    )
    compared_by = ("val_target_class_accuracy", "val_source_class_accuracy")
    panels: Sequence[Panel] = domain_sections.PANELS
    places = 2

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The domains as `kgan.data.load_domains` has them.

        Raises:
            DataError: if they cannot be loaded, or are no images.
        """
        splits = self.loader(source, batch_size, seed=seed, strict=strict, **options)
        if len(splits.sample_shape) != 3:
            raise DataError(
                f"Expected images, because the recipes train convolutional networks. Received: samples of shape "
                f"{splits.sample_shape}. Build your own networks with kgan.DomainAdaptation."
            )
        return splits

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        """The model: the recipe's generator is the network of features, its discriminator sees what that makes.

        Raises:
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """
        names = splits.class_names
        if names is None or splits.counts is None:
            raise ValueError("Expected two domains, as kgan.data.load_domains gives them. Received: other data.")
        features = recipe.network("generator", input_shape=tuple(splits.sample_shape), seed=seed, name="features")
        shape = tuple(features.output_shape[1:])
        classifier = architectures.dense_classifier(
            shape,
            len(names),
            recipe.model["classifier_width"],
            layers=recipe.model["classifier_layers"],
            seed=seed + 2000,
        )
        model = Model(
            features,
            classifier,
            recipe.network("discriminator", sample_shape=shape, seed=seed + 1000),
            class_names=names,
            seed=seed,
            **recipe.model_arguments(),
        )
        model.compile(**recipe.compile_arguments(), metrics=list(metrics))
        return model

    def check_same_data(self, model: Model, splits: Splits) -> None:
        names = None if splits.class_names is None else tuple(splits.class_names)
        expected, received = (tuple(model.sample_shape), model.class_names), (tuple(splits.sample_shape), names)
        if expected != received:
            raise ValueError(
                f"Expected the domains that the run began with: samples of shape {expected[0]} and the classes "
                f"{', '.join(expected[1] or ())}. Received: {received[0]} and {', '.join(received[1] or ())}."
            )

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> None:
        no_features(features, "classes")

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[keras.metrics.Metric]:
        return [ClassAccuracy()] if held_out >= _FEWEST else []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if held_out < _FEWEST:
            return [
                f"The run goes without accuracies: {held_out} held-out samples of each domain are too few for them, "
                f"{_FEWEST} do."
            ]
        if not isinstance(splits.validation.element_spec[1], tuple):
            return [f"Accuracy on {held_out:,} held-out samples of the source; the target has no labels to measure by."]
        return [f"Accuracy on {held_out:,} held-out samples of each domain; labels of the target are for it alone."]

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """The accuracy on the target, which is not trusted: choosing by it would be learning from labels."""
        if held_out < _FEWEST:
            return None
        because = "choosing an epoch by labels of the target would be learning from them"
        return Standard("val_target_class_accuracy", highest=True, slack=0.01, trusted=False, because=because)

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_domains.DomainsEvaluation:
        self.features_for(features, "")
        return of_domains.evaluate(run, num_samples, seed, say)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.ClassGrid(run.samples, log_dir=run.tensorboard / "samples")]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.DomainMonitor:
        return callbacks.DomainMonitor(path=path, say=say, advice_for="command line")

    def sections(self, run: Run, model: Model, evaluation: of_domains.DomainsEvaluation) -> list[str]:
        return domain_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """The adapted classifier: `image` in, `probabilities` out."""
        shape, value_range = tuple(model.sample_shape), model.value_range
        if len(shape) != 3 or shape[-1] not in (1, 3) or None in shape or value_range is None:
            raise ValueError(
                f"Expected grey or coloured images of one size with a value range to export, which the bundle's "
                f"program can open. Received: samples of shape {shape}, value_range={value_range}."
            )
        names = list(model.class_names or map(str, range(model.num_classes)))
        told = {
            "kind": self.name,
            "input_shape": shape,
            "input_range": value_range,
            "classes": names,
            "crop": True,
        }

        def example(batch: int) -> dict[str, np.ndarray]:
            noise = np.random.RandomState(batch).uniform(*value_range, (batch, *shape))
            return {"image": noise.astype(np.float32)}

        return Exported(
            inputs=(Tensor("image", shape, value_range=value_range),),
            output=Tensor("probabilities", (model.num_classes,), axes=("classes",)),
            call=_call,
            example=example,
            value_range=None,
            metadata={
                "kgan_version": __version__,
                "kgan_runner": "classify.py",
                **{f"kgan_{name}": json.dumps(value) for name, value in told.items()},
            },
            card={**told, "class_names": names, "num_classes": len(names)},
            runner="classify.py",
            part=lambda generator: generator.adapted(),
        )


def _call(classifier: keras.Model, image: tf.Tensor) -> tf.Tensor:
    return tf.nn.softmax(tf.cast(classifier(image, training=False), tf.float32))

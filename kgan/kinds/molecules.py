"""Molecules: SMILES written token by token. Its model is `kgan.Molecules`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, recipes
from kgan.data import Splits
from kgan.evaluation import of_molecules
from kgan.kinds.without_features import no_features
from kgan.models.kind import Exported, Kind, Panel, Say, Standard, Tensor
from kgan.models.molecules import Molecules as Model
from kgan.report import of_molecules as molecule_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["Molecules"]

_RUNNER = "molecules.py"


class Molecules(Kind):
    """Noise in, molecules out."""

    name = "molecules"
    model = Model
    loader = staticmethod(data.load_molecules)
    options: Mapping[str, bool | int | float | str] = MappingProxyType({})
    compared_by = ("monitor_validity",)
    panels: Sequence[Panel] = molecule_sections.PANELS

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """Molecules as `kgan.data.load_molecules` has them.

        Raises:
            DataError: if they cannot be loaded.
        """
        return self.loader(source, batch_size, seed=seed, strict=strict, **options)

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        """The model.

        Raises:
            ValueError: if the data are no molecules, or a setting is out of range.
        """
        vocabulary = splits.vocabulary
        if vocabulary is None:
            raise ValueError("Expected molecules, as kgan.data.load_molecules gives them. Received: other data.")
        shape = (vocabulary.length, vocabulary.size)
        model = Model(
            recipe.network("generator", seed=seed, sample_shape=shape),
            recipe.network("discriminator", seed=seed + 1000, sample_shape=shape),  # other weights than the generator's
            vocabulary,
            seed=seed,
            **recipe.model_arguments(),
        )
        model.compile(**recipe.compile_arguments(), metrics=list(metrics))
        return model

    def check_same_data(self, model: Model, splits: Splits) -> None:
        model.check_vocabulary(splits.vocabulary)

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> None:
        no_features(features, "molecules")

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[keras.metrics.Metric]:
        return []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        return []

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """None: one figure does not tell the best epoch, because validity rises where molecules become alike."""
        return None

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_molecules.MoleculesEvaluation:
        self.features_for(features, "")
        return of_molecules.evaluate(run, num_samples, seed, say)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.MoleculeGrid(run.samples)]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.MoleculeMonitor:
        return callbacks.MoleculeMonitor(path=path, say=say, advice_for="command line")

    def sections(self, run: Run, model: Model, evaluation: of_molecules.MoleculesEvaluation) -> list[str]:
        return molecule_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """The network of one token: writing token after token is the runner's."""
        vocabulary, widths = model.vocabulary, model.state_widths
        facts = {
            "kind": self.name,
            "tokens": vocabulary.size,
            "length": vocabulary.length,
            "symbols": list(vocabulary.symbols),
        }
        states = tuple(Tensor(f"state_{layer}", (width,), axes=("units",)) for layer, width in enumerate(widths))
        following = tuple(
            Tensor(f"next_state_{layer}", (width,), axes=("units",)) for layer, width in enumerate(widths)
        )
        return Exported(
            inputs=(Tensor("token", (vocabulary.size,), axes=("tokens",)), *states),
            output=Tensor("scores", (vocabulary.size,), axes=("tokens",)),
            further=following,
            call=lambda network, token, *states: network([token, *states], training=False),
            example=lambda batch: _draw(model, batch, batch),
            value_range=None,
            metadata={
                "kgan_version": __version__,
                "kgan_runner": _RUNNER,
                "kgan_molecules": json.dumps(vocabulary.to_dict()),
            },
            card=facts,
            runner=_RUNNER,
            draw=lambda count, seed: _draw(model, count, seed),
            part=model.network_of,
        )


def _draw(model: Model, count: int, seed: int) -> dict[str, np.ndarray]:
    """Tokens and states as they come while molecules are written: those after a random number of tokens."""
    random, network = np.random.RandomState(seed), model.network()
    size, names = model.vocabulary.size, [f"state_{layer}" for layer in range(len(model.state_widths))]
    token = np.eye(size, dtype=np.float32)[np.zeros(count, np.int64)]
    states = [np.zeros((count, width), np.float32) for width in model.state_widths]
    for _ in range(random.randint(model.vocabulary.length)):
        found = network([tf.constant(token), *map(tf.constant, states)], training=False)
        noise = -np.log(-np.log(np.maximum(random.random_sample((count, size)), 1e-300)))
        token = np.eye(size, dtype=np.float32)[(found["scores"].numpy() + noise).argmax(axis=1)]
        states = [found[f"next_{name}"].numpy() for name in names]
    return {"token": token, **dict(zip(names, states, strict=True))}

"""Tables: rows of mixed columns, drawn such that conditions hold. Its model is `kgan.Tabular`."""

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import callbacks, data, recipes
from kgan.data import Splits
from kgan.evaluation import of_tables
from kgan.kinds.cycle_translation import decaying
from kgan.kinds.without_features import no_features
from kgan.models.kind import Exported, Kind, Panel, Say, Standard, Tensor
from kgan.models.tabular import Tabular as Model
from kgan.report import of_tables as table_sections
from kgan.run import Run
from kgan.version import __version__

__all__ = ["Tabular"]


class Tabular(Kind):
    """Noise and conditions in, rows of a table out."""

    name = "tables"
    model = Model
    loader = staticmethod(data.load_table)
    options: Mapping[str, bool | int | float | str] = MappingProxyType({"decay_from": 1.0})
    compared_by = ("monitor_column_shapes",)
    panels: Sequence[Panel] = table_sections.PANELS
    takes_balance = True

    # --- data and model ---

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The table as `kgan.data.load_table` has it.

        Raises:
            DataError: if it cannot be loaded.
        """
        return self.loader(source, batch_size, seed=seed, strict=strict, **options)

    def build(
        self,
        recipe: recipes.Recipe,
        splits: Splits,
        seed: int,
        metrics: Sequence[keras.metrics.Metric] = (),
    ) -> Model:
        """The model; from the share `model.decay_from` of the planned training on, learning rates fall to 0.

        Raises:
            ValueError: if the data are no table, or a setting is out of range.
        """
        recipe, table = decaying(recipe, splits), splits.table
        if table is None:
            raise ValueError("Expected a table, as kgan.data.load_table gives it. Received: other data.")
        shapes = {"sample_shape": (table.spread_dim,), "condition_shape": (table.condition_dim,)}
        packs = {name: (recipe.model["pac"] * shape[0],) for name, shape in shapes.items()}
        model = Model(
            recipe.network("generator", seed=seed, **shapes),
            recipe.network("discriminator", seed=seed + 1000, **packs),  # other weights than the generator's
            table,
            seed=seed,
            **recipe.model_arguments(),
        )
        model.compile(**recipe.compile_arguments(), metrics=list(metrics))
        return model

    def check_same_data(self, model: Model, splits: Splits) -> None:
        model.check_table(splits.table)

    def settled(self, recipe: recipes.Recipe) -> recipes.Recipe:
        """With a secret that noise follows from, and the epochs that epsilon pays for, where there is an epsilon."""
        if recipe.data["epsilon"] is None:
            return recipe
        said = {"private_epochs": recipe.epochs, "secret": secrets.randbits(62)}
        return recipe.changed({f"data.{name}": one for name, one in said.items() if recipe.data[name] is None})

    def refused(self, recipe: recipes.Recipe) -> Mapping[str, str]:
        """What epsilon is not counted for, where there is one."""
        epsilon = recipe.data["epsilon"]
        if epsilon is None:
            return {}
        return {name: f"with data.epsilon={epsilon:g} {why}" for name, why in _UNCOUNTED.items()}

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> None:
        no_features(features, "rows of a table")

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[keras.metrics.Metric]:
        return []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        return []

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """None: shares of values say little of how columns go together, which training longer improves."""
        return None

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_tables.TableEvaluation:
        self.features_for(features, "")
        return of_tables.evaluate(run, num_samples, seed, say)

    def check_balance(self, run: Run, column: str) -> None:
        of_tables.check_balance(run, column)

    def balanced(
        self, run: Run, evaluation: of_tables.TableEvaluation, column: str, seed: int, say: Say
    ) -> of_tables.TableEvaluation:
        return of_tables.balanced(run, evaluation, column, seed, say)

    # --- what is looked at ---

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.TableHistograms(run.samples)]

    def monitor(self, features: str | None, path: Path, say: Say) -> callbacks.TableMonitor:
        return callbacks.TableMonitor(path=path, say=say, advice_for="command line")

    def sections(self, run: Run, model: Model, evaluation: of_tables.TableEvaluation) -> list[str]:
        return table_sections.sections(run, evaluation)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """The network within the generator: drawing codes by its scores is the runner's."""
        table = model.table
        condition = (Tensor("condition", (table.condition_dim,)),) if table.condition_dim else ()
        facts = {
            "kind": self.name,
            "columns": {one.name: {"kind": one.kind, "values": _listed(one)} for one in table.columns},
            "constraints": [one.text for one in table.constraints],
            "latent_distribution": model.latents.name,
            "latent_arguments": model.latents.get_config(),
            **_spent(model),
        }
        return Exported(
            inputs=(Tensor("latents", (model.latent_dim,)), *condition),
            output=Tensor("rows", (table.spread_dim,), axes=("cells",)),
            call=_call,
            example=lambda batch: _draw(model, batch, batch),
            value_range=None,
            metadata={
                "kgan_version": __version__,
                "kgan_table": json.dumps(table.to_dict()),
                "kgan_latent_distribution": model.latents.name,
                "kgan_latent_arguments": json.dumps(model.latents.get_config()),
                "kgan_latent_dim": json.dumps(model.latent_dim),
            },
            card=facts,
            runner="rows.py",
            draw=lambda count, seed: _draw(model, count, seed),
            part=model.network_of,
        )


_UNCOUNTED = MappingProxyType(
    {
        "retries": "other draws would meet noise that was spent already, and show the gradients under it",
        "init_from": "what rows another run's weights were learned from is not counted",
    }
)
_MOST_LISTED = 20  # values of a column that the card names


def _listed(column: data.Column) -> "list | str | None":
    """The values of a discrete column, or how many they are; `None` for numbers with modes."""
    if column.is_continuous:
        return None
    return list(column.values) if len(column.values) <= _MOST_LISTED else f"{len(column.values):,}"


def _spent(model: Model) -> dict[str, Any]:
    """What the card says of differential privacy, where the model has any."""
    if model.privacy is None:
        return {}
    updates = int(model.discriminator_updates)
    epsilon = model.privacy.epsilon_after(updates)
    return {
        "differential_privacy": {
            "epsilon": epsilon,
            "delta": model.privacy.delta,
            "of": "a row more or less in the table",
            "mechanism": "noisy histograms of columns, then DP-SGD with Poisson sampling",
            "noise_multiplier": model.privacy.noise_multiplier,
            "clip": model.clip,
            "updates": updates,
            "counted_by": "dp-accounting, Renyi differential privacy",
        }
    }


def _call(network: keras.Model, latents: tf.Tensor, condition: "tf.Tensor | None" = None) -> tf.Tensor:
    return network(latents if condition is None else [latents, condition], training=False)


def _draw(model: Model, count: int, seed: int) -> dict[str, np.ndarray]:
    """Latents, and conditions on one column each, as rows are drawn when nothing is asked."""
    table, random = model.table, np.random.RandomState(seed)
    inputs = {"latents": model.latents.draw(count, model.latent_dim, seed)}
    if not table.condition_dim:
        return inputs
    condition = np.zeros((count, table.condition_dim), np.float32)
    starts = np.concatenate([[0], np.cumsum([size for _, size in table.blocks])])
    places = [place for place, _ in table.blocks]
    for row in range(count):
        place = table.conditional[random.randint(len(table.conditional))]
        column, first = table.columns[place], starts[places.index(place)]
        counts = np.asarray(column.counts, np.float64)
        code = int(random.choice(column.size, p=counts / counts.sum()))
        for size, digit in zip(
            column.blocks, (code,) if len(column.blocks) == 1 else divmod(code, column.base), strict=True
        ):
            condition[row, first + digit] = 1.0
            first += size
    return {**inputs, "condition": condition}

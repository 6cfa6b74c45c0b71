"""Saving a game whole: both networks and optimizers, every argument, and whatever it gathered on the way."""

import itertools
import os
import warnings
from typing import Any

import keras

from kgan._game import revival, sides
from kgan._support import keras_fixes
from kgan._support.configurable import deserialized

__all__ = ["SavedWhole"]


class SavedWhole:
    """What a `kgan.AdversarialModel` is saved as, to be mixed in before `keras.Model`.

    It reads what the model keeps of the arguments of its constructor and of `compile`. Weights, optimizers and counters
    are Keras's to save; what penalties and augmentation have gathered, and the figures of the epoch so far, lie beside.
    """

    def save(self, filepath: "str | os.PathLike", *arguments: Any, **named: Any) -> None:
        """Saves the whole model, as `keras.Model.save` does; `keras.models.load_model` reads it, after `import kgan`.

        Args:
            filepath: Ends in `.keras`. For weights alone there is `save_weights("x.weights.h5")`.
            *arguments: Of `keras.Model.save`.
            **named: Of `keras.Model.save`.

        Raises:
            ValueError: if the path ends in `.h5` or `.hdf5`, or discriminators share weights: such a file could not be
                read back.
            TypeError: if Keras cannot make a network from its config.
        """
        self.check_can_be_saved(filepath)
        super().save(filepath, *arguments, **named)

    def check_can_be_saved(self, filepath: "str | os.PathLike | None" = None) -> None:
        """Refuses what could be saved, but not read back.

        Args:
            filepath: Where it would go; `None` looks at the model alone.

        Raises:
            ValueError: if the path ends in `.h5` or `.hdf5`, or discriminators share weights.
            TypeError: if Keras cannot make a network from its config.
        """
        if filepath is not None and str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(
                f"Expected a file that ends in .keras: load_model cannot read a {type(self).__name__} from HDF5. "
                f"Received: {str(filepath)!r}. Pass 'x.keras', or save the weights alone, save_weights('x.weights.h5')."
            )
        for name, network in self._networks().items():
            revival.check(
                network,
                f"a {name}",
                "a saved file holds it",
                "save the weights alone: save_weights('x.weights.h5'), ModelCheckpoint(..., save_weights_only=True)",
            )
        for (name, one), (other_name, other) in itertools.combinations(self.discriminators.items(), 2):
            layer = sides.shared_layer(one, other)
            if layer is not None:
                raise ValueError(
                    f"Expected weights of its own in each network of a saved file. Received: the layer {layer!r} in "
                    f"{name!r} and {other_name!r}, with which Keras could not read it back. Save the weights alone: "
                    f"save_weights('x.weights.h5'), ModelCheckpoint(..., save_weights_only=True)."
                )

    def _warn_of_what_cannot_be_saved(self) -> None:
        found = {name: revival.not_made_again(network) for name, network in self._networks().items()}
        lacking = [f"{name} with the class {one[0]}: {one[1]}" for name, one in found.items() if one]
        if lacking:
            warnings.warn(
                f"Expected networks that Keras can make from their configs. Received: {' '.join(lacking)} They train, "
                f"but cannot be saved whole. Write get_config, or save the weights alone, save_weights.",
                stacklevel=4,
            )

    def _networks(self) -> dict[str, keras.Model]:
        return {"generator": self.generator, **self.discriminators}

    def get_config(self) -> dict:
        """Both networks and every other constructor argument."""
        self.check_can_be_saved(".h5" if keras_fixes.writes_hdf5() else None)  # by `keras.saving.save_model`, say
        serialize = keras.saving.serialize_keras_object
        return {
            "name": self.name,
            "generator": serialize(self.generator),
            **self._discriminators_config(),
            "ema_half_life": _serialized(self.ema_half_life),
            "seed": self.seed,
        }

    def _discriminators_config(self) -> dict:
        serialize = keras.saving.serialize_keras_object
        if self.discriminator is not None:
            return {"discriminator": serialize(self.discriminator)}
        return {
            "discriminator": {name: serialize(one) for name, one in self.discriminators.items()},
            "compares": self.compares,
            "reals": self.reals,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "SavedWhole":
        """The model that `get_config` describes, with fresh weights."""
        return cls(**deserialized(config, custom_objects))

    def get_compile_config(self) -> dict:
        """Every argument of `compile`, so that loading compiles again."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
            "loss": serialize(self.adversarial_loss),
            "penalties": self._penalties_config(),
            "objectives": [serialize(objective) for objective in self.objectives],
            "augmentation": _serialized(self.augmentation),
            "beta_2": _serialized(self.beta_2),
            "top_k": _serialized(self.top_k),
            "metrics": [serialize(metric) for metric in self.sample_metrics],
            **self._compile_arguments,
        }

    def _penalties_config(self) -> "list | dict":
        serialize = keras.saving.serialize_keras_object
        each = {name: [serialize(one) for one in plan.penalties] for name, plan in self._plan.discriminators.items()}
        return each["discriminator"] if self.discriminator is not None else each

    def compile_from_config(self, config: dict) -> None:
        """Compiles as `get_compile_config` says; `compile` builds both optimizers before their state is read."""
        self.compile(**deserialized(config))

    def save_own_variables(self, store: Any) -> None:
        keras_fixes.keep()  # Keras calls this before it comes to the optimizers
        super().save_own_variables(store)
        for key, variable in self._named().items():
            store[key] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        keras_fixes.keep()
        keys = list(store.keys())
        super().load_own_variables({key: store[key] for key in keys if "." not in key})
        for key, variable in self._named().items():
            if key in keys:  # else saved before there was such a penalty, which begins afresh
                variable.assign(store[key])

    def _named(self) -> dict[str, keras.Variable]:
        """What penalties and augmentation have gathered, figures of the epoch so far and seeds, by a name with a dot.

        They are saved by these names and not in Keras's own list: a model that is loaded without compiling has no place
        for them, and must load all the same.
        """
        figures = {
            f"figures.{name}.{number}": variable
            for name, tracker in self._trackers.items()
            for number, variable in enumerate(tracker.variables)
        }
        return figures | self._seeds() | self._remembered()

    def _seeds(self) -> dict[str, keras.Variable]:
        """Where the draws of Keras's own random layers, as Dropout, stand: Keras does not save it with the layers."""
        generators = [one for layer in self._flatten_layers() for one in layer._seed_generators]
        states = {id(one.state): one.state for one in generators}
        return {f"seeds.{number}": state for number, state in enumerate(states.values())}

    def _remembered(self) -> dict[str, keras.Variable]:
        return {} if self._plan is None else self._plan.remembered()


def _serialized(value):
    """A schedule or the like as Keras writes it; a number or `None` as it is."""
    return value if value is None or isinstance(value, float) else keras.saving.serialize_keras_object(value)

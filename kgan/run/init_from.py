"""Starting from another run's weights: `kgan train --init-from RUN`."""

from collections.abc import Mapping
from pathlib import Path

import keras

from kgan.layers import grown
from kgan.models.adversarial import AdversarialModel
from kgan.recipes import Recipe
from kgan.run.folder import Run, RunError
from kgan.run.plan import Plan

__all__ = ["check", "copy_weights", "recipe_of"]

_MOST_LINES = 40  # of an error


def check(plan: Plan) -> None:
    """Refuses another kind of model's run before any data is loaded.

    Raises:
        RunError: if `plan.init_from` is no run, has no checkpoint, or trained another kind of model.
    """
    if plan.init_from is None:
        return
    other = _opened(plan.init_from)
    theirs, ours = other.plan.recipe.kind, plan.recipe.kind
    if theirs != ours:
        raise RunError(
            f"Expected a run of kind {ours!r} to start from, as the recipe {plan.recipe.name} trains. "
            f"Received: {other.folder}, of kind {theirs!r}. Choose another run or another recipe."
        )
    if other.checkpoints.newest() is None:
        raise RunError(
            f"Expected a run with a checkpoint to start from. Received: {other.folder}, which ended before its first."
        )


def recipe_of(folder: "str | Path") -> Recipe:
    """The recipe that a run was trained with, whose networks take its weights; data at the size that it had.

    Args:
        folder: The run.

    Raises:
        RunError: if the folder is no run.
    """
    return _opened(folder).plan.recipe


def _opened(folder: "str | Path") -> Run:
    """The run, whose errors name the argument."""
    try:
        return Run(folder)
    except RunError as error:
        what = "Expected a run folder of kgan train. Received: "
        if not str(error).startswith(what):
            raise
        told = str(error).removeprefix(what)
        raise RunError(f"Expected init_from as a run folder of kgan train. Received: init_from={told}") from error


def copy_weights(model: AdversarialModel, folder: "str | Path") -> None:
    """Gives a model the weights that another run ended with.

    Weights are found by their paths in the networks, `dense/kernel`. The average of the generator's weights begins with
    the other's average, or, where it has none, with its weights in training. Optimizers, counters, whatever penalties
    remember, and the stage that networks which grow have come to stay as they are: fresh.

    Args:
        model: As it is built, of the same networks.
        folder: The other run.

    Raises:
        RunError: if the folder is no run with a checkpoint, or if the networks differ; the message has each layer that
            does, with both shapes.
    """
    other = Run(folder).load()
    here, there = _networks(model), _networks(other)
    differences = [line for name, ours in here.items() for line in _differences(name, ours, there.get(name))]
    differences += [f"  {name} is there alone" for name in there if name not in here]
    if differences:
        raise RunError(
            f"Expected networks as those of {folder}, to start from their weights. Received: others; here is the "
            f"recipe's, there the run's:\n" + "\n".join(_shortened(differences)) + "\n"
            "Take the run's settings: kgan recipes show RUN > mine.toml."
        )
    for name, ours in here.items():
        _copy(ours, there[name])
    if model.ema_generator is not None:
        _copy(model.ema_generator, other.inference_generator)


def _networks(model: AdversarialModel) -> dict[str, keras.Model]:
    """The networks of both sides by name."""
    return {"generator": model.generator, **model.discriminators}


def _copy(ours: keras.Model, theirs: keras.Model) -> None:
    weights = _by_path(theirs)
    growth = {id(one) for layer in grown(ours) for one in layer.growth}
    for path, variable in _by_path(ours).items():
        if id(variable) not in growth:
            variable.assign(weights[path])


def _by_path(network: keras.Model) -> dict[str, keras.Variable]:
    """Weights by path; the second of the same path is marked as such."""
    found: dict[str, keras.Variable] = {}
    for variable in network.weights:
        path, number = variable.path, 2
        while path in found:
            path, number = f"{variable.path} ({number})", number + 1
        found[path] = variable
    return found


def _differences(name: str, ours: keras.Model, theirs: "keras.Model | None") -> list[str]:
    """A line for each layer whose weights differ in shape, or that only one of the two has."""
    if theirs is None:
        return [f"  {name} is here alone"]
    here, there = _shapes(ours), _shapes(theirs)
    lines = []
    for layer in dict.fromkeys([*here, *there]):
        if layer not in there:
            lines.append(f"  {name}: {layer} is here alone, {_listed(here[layer])}")
        elif layer not in here:
            lines.append(f"  {name}: {layer} is there alone, {_listed(there[layer])}")
        elif here[layer] != there[layer]:
            lines.append(f"  {name}: {layer} is {_listed(here[layer])} here and {_listed(there[layer])} there")
    return lines


def _shapes(network: keras.Model) -> dict[str, dict[str, tuple]]:
    """The shapes of each layer's weights, by layer and weight."""
    layers: dict[str, dict[str, tuple]] = {}
    for path, variable in _by_path(network).items():
        layer, _, weight = path.rpartition("/")
        layers.setdefault(layer, {})[weight] = tuple(variable.shape)
    return layers


def _listed(shapes: Mapping[str, tuple]) -> str:
    return ", ".join(f"{weight} {shape}" for weight, shape in shapes.items())


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[:_MOST_LINES], f"  and {len(lines) - _MOST_LINES} layers more"]

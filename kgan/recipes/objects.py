"""What the tables of a recipe describe, as objects of Keras and kgan."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras

from kgan._support import lookup
from kgan.recipes.choices import Each, Named
from kgan.recipes.nodes import Fields
from kgan.recipes.schema import LOSS_WEIGHT
from kgan.schedules import LearningRate, Schedule

__all__ = ["callbacks", "compile_arguments", "discriminators", "network"]

_SEEDS_APART = 10_000  # of the weights of several discriminators


def network(schema: Fields, content: Mapping[str, Any], side: str, derived: Mapping[str, Any]) -> keras.Model:
    """Builds the generator or the discriminator.

    Args:
        schema: What a recipe may say.
        content: What it says.
        side: Which of them.
        derived: What follows from the data; the function is passed what it takes of it.

    Raises:
        ValueError: if there is no such side, or the network cannot be built for such data.
    """
    node = lookup.find("side", side, {one: schema.nodes[one] for one in ("generator", "discriminator")})
    if not content[side]:
        raise ValueError(
            f"Expected a recipe with one discriminator. Received: one with {', '.join(content['discriminators'])}. "
            f"Call discriminator_networks, which builds each of them."
        )
    return _built(node, content[side], derived)


def discriminators(
    schema: Fields, content: Mapping[str, Any], derived: Mapping[str, Any]
) -> "keras.Model | dict[str, keras.Model]":
    """Builds the discriminator, or each of several by its name, with weights of its own.

    Args:
        schema: What a recipe may say.
        content: What it says.
        derived: What follows from the data, as for `network`.

    Raises:
        ValueError: if one cannot be built for such data.
    """
    if content["discriminator"]:
        return network(schema, content, "discriminator", derived)
    node, seed = schema.nodes["discriminators"].each, derived.get("seed")
    found = {}
    for place, (name, table) in enumerate(content["discriminators"].items()):
        own = {} if seed is None else {"seed": seed + _SEEDS_APART * place}
        found[name] = _built(node, table, {**derived, **own, "name": name})
    return found


def _built(node: Named, table: Mapping[str, Any], derived: Mapping[str, Any]) -> keras.Model:
    build = node.choices[table[node.key]]
    if "sample_shape" in derived:
        derived = {"shape": derived["sample_shape"], **derived}
    takes = inspect.signature(build).parameters
    passed = {name: value for name, value in derived.items() if name in takes}
    arguments = {name: value for name, value in node.arguments_made(table).items() if name != LOSS_WEIGHT}
    return build(**passed, **arguments)


def compile_arguments(
    schema: Fields, content: Mapping[str, Any], derived: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """The arguments of `compile`, but for metrics: every object anew; an objective is passed what it takes of
    `derived`, which follows from the data."""
    names = ("loss", "augmentation", "discriminator_steps", "top_k", "jit_compile")
    made = {name: schema.nodes[name].made(content[name]) for name in names}
    for name in ("generator_optimizer", "discriminator_optimizer"):
        table, node = content[name], schema.nodes[name]
        if isinstance(table.get("beta_2"), dict):  # follows a schedule, which `compile` sees to for both
            made["beta_2"] = node.arguments_made(table)["beta_2"]
            table = {one: entry for one, entry in table.items() if one != "beta_2"}
        arguments = node.arguments_made(table)
        if isinstance(arguments.get("learning_rate"), Schedule):
            passes = content["discriminator_steps"] if name == "generator_optimizer" else 1
            arguments["learning_rate"] = LearningRate(arguments["learning_rate"], passes * content["batch_size"])
        made[name] = node.choices[table[node.key]](**arguments)
    latents = schema.nodes["model"].made(content["model"]).get("latents")
    made["penalties"] = _objects(schema.nodes["penalties"], content["penalties"])
    weights = {name: table[LOSS_WEIGHT] for name, table in content["discriminators"].items()}
    if weights:
        made["loss_weights"] = weights
    made["objectives"] = _objects(schema.nodes["objectives"], content["objectives"], latents=latents, **derived)
    return made


def callbacks(schema: Fields, content: Mapping[str, Any], **derived: Any) -> list[keras.callbacks.Callback]:
    """The callbacks, made anew.

    Args:
        schema: What a recipe may say.
        content: What it says.
        **derived: What follows from where it trains, as `say`; a callback is passed what it takes of it.
    """
    return _objects(schema.nodes["callbacks"], content["callbacks"], **derived)


def _objects(node: Each, tables: Mapping[str, dict], **derived: Any) -> list:
    """An object for each name, without those of strength 0."""
    objects = []
    for name, arguments in node.made(tables).items():
        if arguments.get("gamma", arguments.get("weight")) == 0:
            continue
        takes = inspect.signature(node.choices[name]).parameters
        passed = {one: value for one, value in derived.items() if one in takes and one not in arguments}
        objects.append(node.choices[name](**passed, **arguments))
    return objects

"""What was typed that the command line does not understand: what was expected, what came, what to type instead."""

import difflib
import re
from typing import Any

import typer
from typer.core import TyperArgument

from kgan_cli import quiet

__all__ = ["TYPED", "UsageError", "told"]

TYPED = "kgan.typed"  # of the command's context: the words after its name

UsageError = typer.BadParameter.__mro__[1]  # typer has it under no name of its own
_WORDS = {  # of other programs
    "lr": "learning-rate",
    "name": "out",
    "output": "out",
    "resolution": "image-size",
    "size": "image-size",
    "z-dim": "latent-dim",
}
_INSTEAD = {  # what other programs have an option for, and kgan does by other means
    "gpu": "Write --strategy mirrored; it takes every GPU of this machine (CUDA_VISIBLE_DEVICES chooses them).",
}
_INSTEAD |= dict.fromkeys(("gpus", "devices", "num-gpus"), _INSTEAD["gpu"])
_OF_ONE = {
    ("evaluate", "checkpoint"): "It measures the weights that were exported; kgan export RUN --checkpoint chooses them."
}
_NEAR = 0.7  # how alike an option must be to be named at all
_SURE = 0.85  # how alike two options are of which one is a slip of the other


def told(error: Any) -> str:
    """The error in a sentence or two, with where to read more.

    Args:
        error: A `UsageError`.
    """
    context = error.ctx
    said = _said(error, context)
    return said if context is None else f"{said}\n({context.command_path} --help says what there is.)"


def _said(error: Any, context: Any) -> str:
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return _no_such_option(error.option_name, context)
    if kind == "MissingParameter":
        return _missing(error.param, context)
    if kind == "BadOptionUsage":
        if "requires" in error.message:
            return f"Expected {error.option_name} with a value. Received: {error.option_name} alone."
        given = _given(error.option_name, context)
        return f"Expected {error.option_name} alone. Received: {given}. Write {error.option_name}, or leave it out."
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return _bad_value(error, context)
    extra = re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", error.message)
    if extra:
        return _extra(extra[1], context)
    command = re.match(r"No such command '(.*?)'", error.message)
    if command:
        return _no_such_command(command[1], context)
    return str(error.format_message())


def _given(flag: str, context: Any) -> str:
    """The option as it was typed, `--strict=yes`."""
    typed = () if context is None else context.meta.get(TYPED, ())
    return next((word for word in typed if word.startswith(f"{flag}=")), f"{flag} with a value")


def _no_such_command(name: str, context: Any) -> str:
    commands = list(context.command.commands)
    if context.command_path == "kgan recipes" and _is_recipe(name):
        return f"Expected a command of kgan recipes: show. Received: {name}, a recipe. Write kgan recipes show {name}."
    near = difflib.get_close_matches(name, commands, 1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"Expected a command of {context.command_path}: {', '.join(commands)}. Received: {name}.{meant}"


def _no_such_option(name: str, context: Any) -> str:
    said = f"Expected an option of {context.command_path}. Received: {name}."
    flags = {flag for option in context.command.params for flag in (*option.opts, *option.secondary_opts)}
    known = [flag.removeprefix("--") for flag in flags if flag.startswith("--")]
    word = name.lstrip("-").replace("_", "-")
    word = _WORDS.get(word, word)
    instead = _OF_ONE.get((context.info_name, word)) or _INSTEAD.get(word)
    if instead is not None and word not in known:
        return f"{said} {instead}"
    sure = [word] if word in known else difflib.get_close_matches(word, known, 1, _SURE)
    if sure:
        return f"{said} Did you mean '--{sure[0]}'?"
    setting = _setting(word.replace("-", "_")) if "set" in known else None
    if setting is not None:
        return f"{said} It is a setting of the recipe: write --set {setting}=VALUE."
    near = difflib.get_close_matches(word, known, 1, _NEAR)
    if near:
        return f"{said} Did you mean '--{near[0]}'?"
    if "set" in known:
        return f"{said} Settings of the recipe are written --set KEY=VALUE; kgan recipes show NAME lists them."
    return said


def _setting(name: str) -> str | None:
    """What `--set` calls the setting of some recipe; `None` where none has it."""
    quiet.import_quietly()
    from kgan import recipes
    from kgan.recipes.short_names import SHORT_NAMES

    leaves = dict.fromkeys(leaf for recipe in recipes.RECIPES.values() for leaf in recipe.leaves())
    known = {leaf.rpartition(".")[2]: leaf for leaf in sorted(leaves, key=lambda leaf: leaf.startswith("data."))}
    known |= {short: short for short in SHORT_NAMES} | {leaf: leaf for leaf in leaves}
    known = {one: leaf for one, leaf in known.items() if leaf not in ("name", "kind", "source")}  # what a recipe is
    near = difflib.get_close_matches(name, known, 1, _SURE)
    return known[near[0]] if near else None


def _is_recipe(name: str) -> bool:
    quiet.import_quietly()
    from kgan import recipes

    return name in recipes.RECIPES


def _missing(parameter: Any, context: Any) -> str:
    path, example = context.command_path, _example(context)
    if not isinstance(parameter, TyperArgument):
        return f"Expected {max(parameter.opts, key=len)} with a value. Received: {path} without it. {example}"
    about = (parameter.help or "").rstrip(".")
    return f"Expected {_name(parameter)} after {path}: {about[:1].lower()}{about[1:]}. Received: none. {example}"


def _bad_value(error: Any, context: Any) -> str:
    parameter, value = error.param, _raw(error.param, context)
    name, kind = _name(parameter), _numbers(parameter)
    if kind is None or not isinstance(value, str):
        return f"Expected {name} as {context.command_path} --help says. Received: another value. {error.message}"
    comma = re.fullmatch(r"-?\d+,\d+", value) and "whole" not in kind
    hint = f" Write {value.replace(',', '.')}, with a point." if comma else ""
    return f"Expected {name} as {kind}. Received: {name} {value}.{hint}"


def _raw(parameter: Any, context: Any) -> Any:
    """The text that the parameter was given."""
    given, _, _ = context.command.make_parser(context).parse_args(list(context.meta.get(TYPED, [])))
    return given.get(parameter.name)


def _numbers(parameter: Any) -> str | None:
    """What numbers a parameter takes: `"a whole number of at least 1"`; `None` for one that takes no number."""
    annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    name = getattr(getattr(parameter, "type", None), "name", "")
    if annotation is int or name.startswith("integer"):
        kind = "a whole number"
    elif annotation is float or name.startswith("float"):
        kind = "a number"
    else:
        return None
    of = parameter if hasattr(parameter, "min") else parameter.type  # typer keeps its own since 0.24
    least, most = getattr(of, "min", None), getattr(of, "max", None)
    if least is not None and most is not None:
        return f"{kind} from {least:g} to {most:g}"
    return kind if least is None else f"{kind} of at least {least:g}"


def _extra(extra: str, context: Any) -> str:
    path = context.command_path
    takes = " ".join(_name(one) for one in context.command.params if isinstance(one, TyperArgument))
    said = f"Expected {takes or 'nothing'} alone after {path}. Received: {extra}, too."
    if "=" in extra:
        table = "--set 'generator_optimizer={name=sgd,momentum=0.9}'"
        return f"{said} Write --set before each setting, and a table in quotes: {table}."
    if takes == "DATA":
        return f"{said} To train on several folders, put them into one; each is a class then."
    return said


def _example(context: Any) -> str:
    found = re.match(r"Examples?: (.*?)(?: \||\. |$)", context.command.epilog or "")
    return f"For example: {found[1]}" if found else ""


def _name(parameter: Any) -> str:
    return (
        str(parameter.metavar or parameter.name)
        if isinstance(parameter, TyperArgument)
        else max(parameter.opts, key=len)
    )

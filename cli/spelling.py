"""What kgan says in the words of the command line: `--image-size 64` for what Python calls `image_size=64`."""

import inspect
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperOption

__all__ = ["as_typed"]

_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|\([^)]*\)|\[[^\]]*\]|[^\s,;)]*[^\s,;).:])"
_SWITCHES = {
    "crop=True": "--crop",
    "crop=False": "--stretch",
    "strict=True": "--strict",
    "overwrite=True": "--overwrite",
    "parts=True": "--parts",
}
_ALSO = {
    "allowed_host": ("allowed_hosts",),
    "output_name": ("output",),
    "policy": ("augmentation",),
    "retry": ("retries",),
}  # options that Python calls otherwise
_PHRASES = {  # what Python does by other means, by the option that does it
    "strict": (("without strict", "without --strict"), ("(strict)", "(--strict)")),
    "recipe": (("choose another recipe", "another --recipe"),),
    "data": (("kgan.run.Run(...).with_data(PLACE)", "--data PLACE"),),
    "out": (("choose another folder", "choose another --out"), ("Choose another folder", "Choose another --out")),
    "image_size": (
        ("a number of pixels, at least 1, or (height, width)", "64 or 64x96 (width x height), of at least 1 pixel"),
    ),
}
_BEFORE = r"(?= (?:[<>]|(?:in|of|as|to|from|between|at|with|for)\b))"  # what follows the name of what is wrong
_INTERVAL = re.compile(r"(?<=Expected )(?P<name>(?:--set )?\S+) in \[(?P<least>[^],]+), (?P<most>[^])]+)(?P<end>[])])")
_BOUND = re.compile(r"(?<=Expected )(?P<name>(?:--set )?\S+) (?P<sign>>=?) (?P<least>-?[\d.,]*\d)")
_NOTHING = re.compile(r"(?<=[\s=(])None(?=[\s,;:)]|\.?(?:\s|$))")
_TRUTH = re.compile(r"(?<=[\s=(])(True|False)(?=[\s,;:)]|\.?(?:\s|$))")


def as_typed(message: str, options: Sequence[Any], typed: Mapping[str, Any] = {}) -> str:
    """The message with the arguments of Python that this command has an option for written as that option.

    Args:
        message: Of an error, or a line of progress.
        options: The parameters of the command that was typed.
        typed: What was typed, by their names: paths stand in the message as they were typed, and settings under the
            names that they were typed with.
    """
    message = _with_paths(message, typed)
    for setting in typed.get("settings") or ():
        message = _with_setting(message, setting)
    names = [option.name for option in options]
    for option in options:
        if isinstance(option, TyperArgument):
            message = re.sub(rf"(?<![\w./\"'-]){option.name}={_VALUE}", lambda found: _plain(found["value"]), message)
        elif isinstance(option, TyperOption) and option.name is not None:
            message = _with_switch(message, option) if option.is_flag else _with_option(message, option)
            for python, here in _PHRASES.get(option.name, ()):
                message = message.replace(python, here)
    if "settings" in names:
        for name in _settings_of_data(names):
            message = re.sub(
                rf"(?<!--set )(?<![\w./\"'-])(?:data\.)?{name}={_VALUE}",
                lambda found, name=name: _set(f"data.{name}", found["value"]),
                message,
            )
    if "batch_size" in names and typed.get("batch_size") is None and not _sets(typed, "batch_size"):
        message = message.replace("Received: batches of", "Received: the recipe's batches of")
    message = _with_size(message, typed)
    message = _BOUND.sub(_at_least, _INTERVAL.sub(_between, message))
    return _NOTHING.sub("none", _TRUTH.sub(lambda found: found[1].lower(), message))


def _with_size(message: str, typed: Mapping[str, Any]) -> str:
    """The message with shapes of pictures, `(height, width, channels)`, as sizes, width x height."""
    received = re.search(r"Received: shape=\((\d+), (\d+), \d+\)", message)
    if received is None:
        return message
    asked = typed.get("image_size")
    settings = _sets(typed, "image_size")
    if asked is not None:
        given = f"--image-size {asked}"
    else:
        given = f"--set {settings[-1]}" if settings else f"pictures of {received[2]} x {received[1]} pixels"
    message = message.replace(received[0], f"Received: {given}")
    message = message.replace("Expected shape as (height, width, channels) with", "Expected --image-size with")
    message = message.replace("Expected shape with", "Expected --image-size with")
    return re.sub(r"The nearest two that can be made: (\(.*?\)) and (\(.*?\))\.", _sizes, message)


def _sets(typed: Mapping[str, Any], name: str) -> list[str]:
    """The settings that were typed of that name, `data.image_size=64`."""
    return [one for one in typed.get("settings") or () if one.partition("=")[0].strip().rpartition(".")[2] == name]


def _sizes(found: "re.Match[str]") -> str:
    sides = [re.findall(r"\d+", shape)[:2] for shape in found.groups()]
    if all(height == width for height, width in sides):
        return f"Write --image-size {sides[0][0]} or {sides[1][0]}."
    first, second = (f"{width}x{height}" for height, width in sides)
    return f"Write --image-size {first} or {second} (width x height)."


def _between(found: "re.Match[str]") -> str:
    """`in [0, 1)` for who does not know the notation."""
    name, least, most, end = found["name"], found["least"], found["most"], found["end"]
    return f"{name} from {least} to {most}" if end == "]" else f"{name} of at least {least} and below {most}"


def _at_least(found: "re.Match[str]") -> str:
    """`>= 0` in words."""
    return f"{found['name']} {'of at least' if found['sign'] == '>=' else 'above'} {found['least']}"


def _with_paths(message: str, typed: Mapping[str, Any]) -> str:
    """The message with paths as they were typed, not from the root."""
    for value in typed.values():
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str | Path) and str(one) not in ("", ".", os.sep):
                whole = os.path.abspath(one)
                message = re.sub(rf"(?<![\w./-]){re.escape(whole)}(?![\w-])", lambda _, one=one: _bare(one), message)
    return message


def _bare(path: "str | Path") -> str:
    return str(path).rstrip(os.sep)


def _with_setting(message: str, setting: str) -> str:
    """The message with a setting under the name that `--set` was given, not its dotted one."""
    key, _, value = (part.strip() for part in setting.partition("="))
    if not key:
        return message
    parts = key.split(".")
    for count in range(len(parts), 0, -1):  # what names the setting, or the part of it that is unknown
        named = rf"(?<=Received: )(['\"]?){re.escape('.'.join(parts[:count]))}\1(?=\.(?:\s|$))"
        message = re.sub(named, lambda _: _set(key, value), message)
    ours = rf"(?<!--set )(?<![\w./\"'-]){_names_of(key)}"

    def typed(found: "re.Match[str]") -> str:
        return _set(key, value if _is_same_number(found["value"], value) else found["value"])

    message = re.sub(rf"{ours}={_VALUE}", typed, message)
    return re.sub(rf"(?<=Expected ){ours}{_BEFORE}", f"--set {key}", message)


def _is_same_number(one: str, other: str) -> bool:
    """Whether two texts are the same number, such as -1 as it was typed and -1.0 as Python writes it."""
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _names_of(key: str) -> str:
    """A pattern of what kgan calls the setting: a short name stands for a dotted one, which may be shortened itself."""
    if "." in key:
        return rf"(?:{re.escape(key)}|{re.escape(key.removeprefix('data.'))})"
    known = getattr(sys.modules.get("kgan.recipes.short_names"), "SHORT_NAMES", {})
    dotted = "|".join(map(re.escape, known.get(key, (key,))))
    return rf"(?:{dotted}|(?:\w+\.)*{re.escape(key)})"


def _with_switch(message: str, option: TyperOption) -> str:
    for switch, typed in _SWITCHES.items():
        if switch.startswith(f"{option.name}=") and typed in (*option.opts, *option.secondary_opts):
            message = re.sub(rf"(?<![\w.\"']){re.escape(switch)}\b", typed, message)
    return message


def _with_option(message: str, option: TyperOption) -> str:
    flag = max(option.opts, key=len)
    for name in (option.name or "", *_ALSO.get(option.name or "", ())):
        whole = rf"(?<!--set )(?<![\w./\"'-])(?:data\.)?{re.escape(name)}"
        message = re.sub(rf"{whole}={_VALUE}", lambda found: _typed(flag, found["value"]), message)
        message = re.sub(rf"(?<=Expected )(?:data\.)?{re.escape(name)}{_BEFORE}", flag, message)
    return message


def _typed(flag: str, value: str) -> str:
    """The option with its value: a size in Python's order, `(height, width)`, as width x height."""
    pair = re.fullmatch(r"\((\d+), (\d+)\)", value)
    return f"{flag} {pair[2]}x{pair[1]}" if pair else f"{flag} {shlex.quote(_plain(value))}"


def _set(key: str, value: str) -> str:
    return f"--set {shlex.quote(f'{key}={_plain(value)}')}"


def _plain(value: str) -> str:
    """A value without the quotation marks of Python."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _settings_of_data(options: Sequence[Any]) -> list[str]:
    """Arguments of the functions that load data, for which this command has no option of its own."""
    data = sys.modules.get("kgan.data")
    if data is None:
        return []
    arguments = {**inspect.signature(data.load).parameters, **inspect.signature(data.load_pairs).parameters}
    others = (*options, "source", "data_dir", "depth")  # networks have a depth, too
    return [name for name in arguments if name not in others]

"""`card.json` as a bundle's own programs read it: it may come from anyone, and nothing in it is believed unchecked.

What a card of schema 2 holds, besides what describes the model:

    schema            2
    kgan_version      of the kgan that wrote it
    licence           of the weights, by the Hub's name for it; "unknown", as where there is none, until one is stated
    inputs, outputs   {name: {"shape": ["batch", 64], "dtype": "float32"}}; a free axis has a name
    artefacts         {name: {"file": "generator.onnx", "bytes": 12345, "largest_difference": 3e-07,
                      "tolerance": 0.0001}}; what Keras gave is in probes.npz
                      one of a part of the generator says what it takes and gives: "inputs", "outputs", ...
    beside            ["b2a"]: folders within the bundle, each a bundle of a further network of the model
    sha256            {file: SHA-256 in hexadecimal} of every file but card.json itself and README.md, which is its
                      owner's to edit

Cards without `schema` are of the first kgan: they have `sha256` alone.
"""

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from .checks import BundleError, is_licence, is_number, is_size, short

__all__ = [
    "CARD",
    "LARGEST_CARD",
    "README",
    "SCHEMA",
    "UNKNOWN_LICENCE",
    "card_of",
    "check_against_card",
    "check_files",
    "digest_of",
    "file_of",
    "read_card",
]

CARD, README = "card.json", "README.md"
SCHEMA = 2  # the newest that this program knows
UNKNOWN_LICENCE = "unknown"
LARGEST_CARD = 64 * 2**20
MOST_FILES = 100_000
MOST_BESIDE = 10
CHEAP = 4 * 2**20  # bytes of a file that is looked at each time a bundle is opened


def read_card(folder: str | os.PathLike) -> dict[str, Any] | None:
    """The card of a bundle, checked; `None` for a folder without one.

    Raises:
        BundleError: if the card is damaged, says what cannot be, or was written by a newer kgan.
    """
    card = Path(folder) / CARD
    if not card.is_file():
        return None
    try:
        if card.stat().st_size > LARGEST_CARD:
            raise ValueError(f"more than {LARGEST_CARD:,} bytes")
        content = strictly_parsed(card.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"a {type(content).__name__}, where an object was due")
        schema = content.get("schema", 1)
        newer = is_size(schema) and schema > SCHEMA
        if not newer:
            check_card(content, schema)
    except (ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise BundleError(
            f"Expected {card} as kgan.export.save writes it. Received: {type(error).__name__}: {short(error)}. Export "
            f"the generator again, or name the .onnx file in place of its folder."
        ) from error
    if newer:
        raise BundleError(
            f"Expected {card} of schema {SCHEMA} at most. Received: schema={schema}, of kgan "
            f"{short(content.get('kgan_version'))}, which is newer. Update kgan, pip install -U kgan, or use the "
            f"programs in the bundle itself."
        )
    return content


def card_of(folder: str | os.PathLike) -> dict[str, Any]:
    """The card of a bundle, checked.

    Raises:
        BundleError: if there is none, or as `read_card` does.
    """
    card = read_card(folder)
    if card is None:
        raise BundleError(f"Expected a bundle that kgan exported. Received: {folder}, which has no {CARD}.")
    return card


def strictly_parsed(text: str) -> Any:
    """JSON, without what other readers would take otherwise: keys that are there twice, NaN, infinity."""

    def once(pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"the key {next(short(name) for name in names if names.count(name) > 1)!r} twice")
        return found

    def finite(number):
        value = float(number)
        if not math.isfinite(value):
            raise ValueError(f"{short(number)}, which is no number")
        return value

    return json.loads(text, object_pairs_hook=once, parse_constant=finite, parse_float=finite)


def check_card(content: dict[str, Any], schema: Any) -> None:
    """Refuses a card whose parts are of another type, or name files outside of the bundle."""
    if not is_size(schema):
        raise ValueError(f"schema={short(schema)}")
    digests = of_type(content["sha256"], dict, "sha256")
    if len(digests) > MOST_FILES:
        raise ValueError(f"{len(digests):,} files")
    for name, digest in digests.items():
        check_name(name)
        if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise ValueError(f"no SHA-256 of {short(name)}")
    if schema == 1:
        return
    of_type(content["kgan_version"], str, "kgan_version")
    if not is_licence(content.get("licence", UNKNOWN_LICENCE)):
        raise ValueError(f"licence={short(content['licence'])!r}")
    check_interface(content)
    beside = of_type(content.get("beside", []), list, "beside")
    if len(beside) > MOST_BESIDE or len(set(map(str, beside))) < len(beside):
        raise ValueError(f"beside of {len(beside):,} bundles")
    for name in beside:
        if not re.fullmatch("[A-Za-z0-9_]{1,40}", of_type(name, str, "beside")):
            raise ValueError(f"beside with {short(name)}")
        if f"{name}/{CARD}" not in digests:
            raise ValueError(f"no SHA-256 of {name}/{CARD}")
    for name, artefact in of_type(content["artefacts"], dict, "artefacts").items():
        check_artefact(name, of_type(artefact, dict, f"artefacts.{short(name)}"), digests)


def check_interface(content: Mapping[str, Any]) -> None:
    """Refuses inputs and outputs that are none, of a network or of a part of it."""
    for part in ("inputs", "optional_inputs", "outputs"):
        for name, tensor in of_type(content.get(part, {}), dict, part).items():
            shape = of_type(of_type(tensor, dict, name)["shape"], list, f"shape of {short(name)}")
            if not all(is_size(size) or isinstance(size, str) for size in shape) or len(shape) > 9:
                raise ValueError(f"shape {short(shape)} of {short(name)}")
            of_type(tensor["dtype"], str, f"dtype of {short(name)}")
            check_range(tensor)
    if not content["inputs"] or not content["outputs"]:
        raise ValueError("no inputs, or no outputs")
    check_range(content)


def check_range(content: Mapping[str, Any]) -> None:
    """Refuses a range that is none, where there is one."""
    bounds = content.get("value_range")
    if bounds is not None and not (len(of_type(bounds, list, "value_range")) == 2 and all(map(is_number, bounds))):
        raise ValueError(f"value_range={short(bounds)}")


def check_artefact(name: str, artefact: dict[str, Any], digests: Mapping[str, str]) -> None:
    """Refuses an artefact that the card has no file of, or whose numbers are none."""
    file = of_type(artefact["file"], str, f"file of {short(name)}")
    check_name(file)
    if not any(one == file or one.startswith(f"{file}/") for one in digests):
        raise ValueError(f"no SHA-256 of {short(file)}")
    if "inputs" in artefact:
        check_interface(artefact)
    check_numbers(name, artefact)
    for output, one in of_type(artefact.get("further", {}), dict, f"further outputs of {short(name)}").items():
        check_numbers(output, of_type(one, dict, f"output {short(output)}"))


def check_numbers(name: str, entry: Mapping[str, Any]) -> None:
    """Refuses what is no number of an artefact, or of an output of it."""
    for key in ("bytes", "largest_difference", "tolerance", "tolerance_of_root_mean_square"):
        number = entry.get(key, 0)
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 0:
            raise ValueError(f"{key}={short(number)} of {short(name)}")


def check_name(name: str) -> None:
    """Refuses the name of a file that may be outside of the bundle, on any system."""
    path = PurePosixPath(name.replace("\\", "/"))  # as kgan wrote it on Windows, once
    if path.is_absolute() or ".." in path.parts or ":" in name or not path.parts:
        raise ValueError(f"a file outside the bundle, {short(name)}")
    if not name.isprintable():
        raise ValueError(f"a file of the name {short(name)}")


def of_type(value: Any, kind: type, name: str) -> Any:
    """The value, which must be of that type."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} of type {type(value).__name__}, where {kind.__name__} was due")
    return value


def file_of(folder: str | os.PathLike, name: str) -> Path:
    """The path of a file that the card names.

    Raises:
        BundleError: if a link leads out of the bundle.
    """
    path = Path(folder).joinpath(*PurePosixPath(name.replace("\\", "/")).parts)
    try:
        real, root = path.resolve(), Path(folder).resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise BundleError(f"Expected a file at {path}. Received: {short(error)}.") from error
    cache = root.parents[1] / "blobs" if len(root.parents) > 1 else root  # where huggingface_hub's links lead
    if not real.is_relative_to(root) and real.parent != cache:
        raise BundleError(
            f"Expected {path} in the bundle itself. Received: a link to {real}. Put the file in its place."
        )
    return path


def digest_of(path: str | os.PathLike) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with Path(path).open("rb") as content:
        while block := content.read(2**20):
            found.update(block)
    return found.hexdigest()


def check_against_card(folder: str | os.PathLike, name: str) -> None:
    """Refuses a bundle in which a file is not, byte for byte, the one that `card.json` there describes.

    The file that is opened, what it is stored in besides, and all that are small, its programs among them. That tells
    damage, not forgery: who changes the file can change the card. Without a card nothing is checked.
    """
    card = read_card(folder)
    if card is None:
        return
    digests = card["sha256"]
    if name not in digests and (Path(folder) / name).exists():
        raise BundleError(
            f"Expected {CARD} to list {name}. Received: a card without it, beside {Path(folder) / name}. Export the "
            f"generator again, or, if you put the file there yourself, name {name} in place of its folder."
        )
    for listed, digest in digests.items():
        file = file_of(folder, listed)
        wanted = listed.startswith(name)  # generator.onnx, and generator.onnx.data, where its weights are
        if not file.is_file():
            if wanted and listed != name:
                raise BundleError(
                    f"Expected {file}, which holds weights of {name}. Received: no such file. Copy the whole folder."
                )
            continue
        if (wanted or file.stat().st_size <= CHEAP) and digest_of(file) != digest:
            raise BundleError(
                f"Expected {file} as it was when {CARD} was written. Received: other content. Export the generator "
                f"again, or, if you changed the file yourself, name {name} in place of its folder."
            )


def check_files(folder: str | os.PathLike) -> list[Path]:
    """Refuses a bundle of which any file is missing, or is not, byte for byte, the one that its card describes.

    Returns:
        The paths of the files.

    Raises:
        BundleError: if so, or if there is no card, or none that this program knows; it names each file.
    """
    card = card_of(folder)
    files, wrong = [], []
    for name, digest in card["sha256"].items():
        file = file_of(folder, name)
        if not file.is_file():
            wrong.append(f"{name}, which is missing")
        elif digest_of(file) != digest:
            wrong.append(f"{name}, which has other content")
        else:
            files.append(file)
    if wrong:
        more = f"; and {len(wrong) - 10:,} more" if len(wrong) > 10 else ""
        raise BundleError(
            f"Expected the files of {folder} as they were when {CARD} was written. Received: "
            f"{'; '.join(wrong[:10])}{more}. Copy the whole folder again, or export the generator again."
        )
    return files

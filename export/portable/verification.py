"""Holds a bundle that kgan exported against its card and against Keras, with NumPy and onnxruntime alone.

    python verify.py                   # the bundle that this file lies in
    python verify.py BUNDLE

Three things are checked, and nothing in the bundle but its networks is run: `card.json` says nothing that cannot be;
each file is, byte for byte, the one that the card lists; and each network gives here, for the inputs in `probes.npz`,
the numbers that Keras gave when the bundle was written, within the tolerance that the card states. ONNX files are run
in any case; the SavedModel, LiteRT's and OpenVINO's files where TensorFlow, LiteRT and OpenVINO are installed.

That tells damage, and another machine that computes otherwise. It is no signature: who changes a file can change the
card and the probes with it.
"""

import argparse
import importlib
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .card_file import CARD, README, card_of, check_files, file_of
from .checks import BundleError, is_number, short
from .differences import difference, root_mean_square
from .output_form import as_uint8
from .probes import PROBES, Probe, read_probes
from .runtimes import ONNX, OTHERS, Runtime
from .saved_model_graph import NotRunError

__all__ = ["BundleError", "Verified", "verify"]

PROGRAMS = (  # that bundles have
    *("sampler.py", "apply.py", "classify.py", "film.py", "rows.py", "swap.py", "vocode.py"),
    *("latents.py", "verify.py", "latents.js", "Latents.cs"),
)
GREY = "uint8"
SAVED_MODEL = "to TensorFlow it is a program; --saved-model runs it, of a bundle that you trust"
NETWORKS = ("generator.", "mapping.onnx", "synthesis.onnx", "encoder.onnx")  # how the names of artefacts begin


@dataclass(frozen=True)
class Verified:
    """What `verify` found.

    Attributes:
        bundle: The folder.
        kgan_version: Of the kgan that wrote it; `None` where the card does not say.
        files: How many were compared with their SHA-256.
        bytes: Of these files.
        differences: The largest difference from Keras of each artefact that was run, by its name: of the output that
            came nearest to its tolerance, where there are several.
        tolerances: What it had to stay below.
        not_run: Why the other artefacts were compared by their SHA-256 alone.
        others: Files in the folder that the card does not list.
    """

    bundle: Path
    kgan_version: str | None
    files: int
    bytes: int
    differences: Mapping[str, float] = field(default_factory=dict)
    tolerances: Mapping[str, float] = field(default_factory=dict)
    not_run: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()

    @property
    def is_compared(self) -> bool:
        """Whether an artefact was run here and gave what Keras gave; otherwise hashes alone were compared."""
        return bool(self.differences)

    @property
    def conclusion(self) -> str:
        """The last line for a reader."""
        said = "Verified" if self.is_compared else "Files as listed, but nothing was run and compared with Keras"
        return f"{said}: {self.bundle}"

    def lines(self) -> list[str]:
        """The same for a reader."""
        said = [f"{self.files:,} files, {self.bytes:,} bytes: as {CARD} lists them"]
        for name, found in self.differences.items():
            said.append(f"{name}: differs from Keras by {found:.1e} at most (tolerance {self.tolerances[name]:g})")
        said += [f"{name}: not run here; {reason}" for name, reason in self.not_run.items()]
        if self.others:
            more = f" and {len(self.others) - 5:,} more" if len(self.others) > 5 else ""
            said.append(f"not in {CARD}: {', '.join(map(short, self.others[:5]))}{more}")
        return said


def verify(bundle: str | os.PathLike, *, atol: float | None = None, saved_model: bool = False) -> Verified:
    """Checks a bundle on this machine: its card, each of its files, and its networks against Keras's numbers.

    ONNX files need neither TensorFlow nor the program that trained the generator; other networks are run where their
    runtime is installed. No program in the bundle is run. A SavedModel is one to TensorFlow, which says itself that a
    graph may read and write files: it is run on demand alone. Bundles within it, of further networks of the model, are
    checked with it.

    Args:
        bundle: The folder.
        atol: Largest absolute difference from Keras that passes, above 0; `None` for the tolerance that the card states
            of each artefact.
        saved_model: Whether a SavedModel is run, too: of a bundle that you trust. One whose graph holds more than what
            networks are made of is not run even so.

    Returns:
        What was found.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> bundle = kgan.export.save(gan, "my-generator")
        >>> found = kgan.export.verify(bundle)
        >>> found.differences["onnx"] < found.tolerances["onnx"]
        True

    Raises:
        ValueError: if `atol` is not above 0.
        BundleError: if the folder is no bundle, is one of a newer kgan, if a file is missing, changed or a link that
            leads out of it, if there is a network, a program or an ONNX file's probes that the card does not list, or
            if a network cannot be run or differs from Keras.
    """
    if atol is not None and (not is_number(atol) or atol <= 0):
        raise ValueError(f"Expected atol > 0. Received: atol={short(atol)}.")
    folder = Path(bundle)
    if folder.is_file():
        raise BundleError(
            f"Expected the folder of a bundle. Received: {folder}, which is a file. Its {CARD} says what it must be; "
            f"a file alone has none."
        )
    files = check_files(folder)
    card = card_of(folder)
    listed = {file.resolve() for file in files}
    own = {folder / CARD, folder / README}
    others = sorted(
        one.relative_to(folder).as_posix()
        for one in folder.rglob("*")
        if one not in own and not one.is_dir() and one.resolve() not in listed
    )
    _check_all_are_listed(folder, card, others)
    differences: dict[str, float] = {}
    tolerances: dict[str, float] = {}
    not_run: dict[str, str] = {}
    probes = _probes_of(folder, card)
    for name, artefact in card.get("artefacts", {}).items():
        runtime = ONNX if artefact["file"].endswith(".onnx") else OTHERS.get(name)
        if runtime is None or not probes:
            missing = f"no runtime is known for {short(artefact['file'])}"
            not_run[name] = missing if runtime is None else f"the bundle has no {PROBES}"
            continue
        if name == "saved_model" and not saved_model:
            not_run[name] = SAVED_MODEL
            continue
        path, allowed = file_of(folder, artefact["file"]), _allowed(artefact, card, atol)
        whole = _described(artefact, card)
        try:
            found = _difference(runtime, path, artefact, whole, _fitting(probes, whole), allowed)
            differences[name], tolerances[name] = found
        except NotRunError as error:
            not_run[name] = str(error)
    if card.get("schema", 1) == 1:
        not_run["onnx"] = f"an earlier kgan wrote no {PROBES}; export the generator again"
    for name in card.get("beside", []):
        inner = verify(folder / name, atol=atol, saved_model=saved_model)
        differences |= {f"{name}/{one}": value for one, value in inner.differences.items()}
        tolerances |= {f"{name}/{one}": value for one, value in inner.tolerances.items()}
        not_run |= {f"{name}/{one}": reason for one, reason in inner.not_run.items()}
    total = sum(file.stat().st_size for file in files)
    return Verified(folder, card.get("kgan_version"), len(files), total, differences, tolerances, not_run, others)


def _check_all_are_listed(folder: Path, card: Mapping[str, Any], others: Sequence[str]) -> None:
    """Refuses what runs, or is run, and would be compared with nothing because the card does not list it."""
    artefacts = {artefact["file"] for artefact in card.get("artefacts", {}).values()}
    unlisted = [name for name in others if _is_of_kgan(name)]
    if card.get("schema", 1) > 1:
        beside = tuple(f"{one}/" for one in card.get("beside", []))  # which have cards of their own
        networks = [name for name in card["sha256"] if name.endswith(".onnx")]
        unlisted += [name for name in networks if name not in artefacts and not name.startswith(beside)]
    if unlisted:
        more = f" and {len(unlisted) - 10:,} more" if len(unlisted) > 10 else ""
        raise BundleError(
            f"Expected {CARD} to list each network and program in {folder}. Received: "
            f"{', '.join(map(short, unlisted[:10]))}{more}, which it does not list. Remove what is not of the bundle, "
            f"or export the generator again."
        )


def _is_of_kgan(name: str) -> bool:
    """Whether kgan writes a file of that name, and its programs, or a reader, would take it for one of the bundle."""
    first = name.split("/")[0].casefold()  # as Windows and macOS compare names
    return first.startswith(NETWORKS) or first in ("saved_model", PROBES, *map(str.casefold, PROGRAMS))


def _probes_of(folder: Path, card: Mapping[str, Any]) -> list[Probe]:
    """The probes; none where the bundle has no ONNX file to hold against them.

    Raises:
        BundleError: if there is an ONNX file and no probes, or they are not of its inputs and outputs.
    """
    if PROBES not in card["sha256"]:
        compared = [one["file"] for one in card.get("artefacts", {}).values() if one["file"].endswith(".onnx")]
        if compared:
            raise BundleError(
                f"Expected {CARD} to list {PROBES}, which {short(compared[0])} is held against. Received: no such file "
                f"in it. Export the generator again."
            )
        return []
    probes = read_probes(file_of(folder, PROBES))
    described = [_described(artefact, card) for artefact in ({}, *card.get("artefacts", {}).values())]
    for probe in probes:
        if not any(_fitting([probe], one) for one in described):
            raise BundleError(
                f"Expected {PROBES} with the inputs and outputs of {CARD}. Received: {short(sorted(probe[0]))} and "
                f"{short(sorted(probe[1]))}. Export the generator again."
            )
    for one in described:
        if not _fitting(probes, one):
            raise BundleError(
                f"Expected {PROBES} with {', '.join(map(short, one['inputs']))} and what Keras made of them. Received: "
                f"none. Export the generator again."
            )
    return probes


def _described(artefact: Mapping[str, Any], card: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an artefact takes and gives: what its entry says, of a part of the generator, else what the card says."""
    return artefact if "inputs" in artefact else card


def _fitting(probes: Sequence[Probe], described: Mapping[str, Any]) -> list[Probe]:
    """The probes that have the inputs and outputs of a network."""
    least, gives = set(described["inputs"]), set(described["outputs"])
    most = least | set(described.get("optional_inputs", {}))
    return [(inputs, outputs) for inputs, outputs in probes if least <= set(inputs) <= most and gives == set(outputs)]


class _Allowed(NamedTuple):
    """How far an output may be from Keras's: in any number, and, in the root of the mean square, on the whole."""

    largest: float
    root_mean_square: float = math.inf


def _allowed(
    artefact: Mapping[str, Any], card: Mapping[str, Any], atol: float | None
) -> Callable[[str, bool], _Allowed]:
    """From the name of an output, and whether it is the samples, to what is allowed of it.

    Raises:
        BundleError: if the card states none.
    """
    if atol is not None:
        return lambda output, is_samples: _Allowed(atol)
    usual = artefact.get("tolerance", (card.get("verified") or {}).get("tolerance"))
    further = artefact.get("further", {})
    for stated in (usual, *(one.get("tolerance", usual) for one in further.values())):
        if not is_number(stated) or stated <= 0:
            raise BundleError(
                f"Expected a tolerance of {artefact['file']} in {CARD}. Received: {short(stated)}. State one: "
                f"atol=0.0001."
            )

    def allowed(output: str, is_samples: bool) -> _Allowed:
        entry = artefact if is_samples else further.get(output, {})
        error = entry.get("tolerance_of_root_mean_square", math.inf)
        return _Allowed(float(entry.get("tolerance", usual)), float(error))

    return allowed


def _difference(
    runtime: Runtime,
    path: Path,
    artefact: Mapping[str, Any],
    card: Mapping[str, Any],
    probes: list[Probe],
    allowed: Callable[[str, bool], _Allowed],
) -> tuple[float, float]:
    """The largest difference of an artefact from Keras, over the probes whose inputs it takes, and its tolerance.

    Of several outputs, it is that of the one that comes nearest to what is allowed of it.

    Raises:
        BundleError: if it does not take and give what the card says, cannot be run, or differs from Keras.
        NotRunError: if it may do more than compute.
    """
    network = runtime.opened(path)
    names, given = list(card["outputs"]), network.gives
    if runtime is not ONNX:  # others may have names of their own for outputs
        given = network.outputs_as(names)
    if not set(card["inputs"]) <= network.takes or set(given) != set(names) or (runtime is ONNX and given != names):
        raise BundleError(
            f"Expected {path} to take {', '.join(card['inputs'])} and to give {', '.join(card['outputs'])}, as {CARD} "
            f"says. Received: {short(sorted(network.takes))} and {short(list(given))}. Export the generator again."
        )
    nearest = 0.0, allowed(names[0], True).largest
    for inputs, outputs in probes:
        if not set(inputs) <= network.takes:  # optional ones, which onnxruntime and TensorFlow take
            continue
        for name, received in zip(given, network.run(_fed(inputs, artefact, card)), strict=True):
            is_samples = name == names[0]  # further outputs are as Keras has them, whatever form pictures have
            expected = in_form(outputs[name], artefact, card) if is_samples else outputs[name]
            bounds = card.get("value_range") if is_samples else card["outputs"][name].get("value_range")
            if received.shape != expected.shape or received.dtype != expected.dtype:
                raise BundleError(
                    f"Expected {path} to give {expected.dtype} of shape {expected.shape}, as Keras did. Received: "
                    f"{received.dtype} of shape {received.shape}. Export the generator again."
                )
            most = allowed(name, is_samples)
            found = _compared(runtime, path, expected, received, bounds, most)
            nearest = max(nearest, (found, most.largest), key=lambda one: one[0] / one[1])
    return nearest


def _fed(inputs: Mapping[str, np.ndarray], artefact: Mapping[str, Any], card: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a probe in the form that the artefact takes them in: its pictures are in that of its samples."""
    ranges = {name: one.get("value_range") for name, one in card["inputs"].items()}
    return {
        name: in_form(value, artefact, {"value_range": ranges.get(name)}) if value.ndim == 4 else value
        for name, value in inputs.items()
    }


def in_form(reference: np.ndarray, artefact: Mapping[str, Any], card: Mapping[str, Any]) -> np.ndarray:
    """What Keras gave, float32 with channels last, in the form that the artefact gives it in."""
    if artefact.get("pixels") == GREY and card.get("value_range"):
        reference = as_uint8(reference, card["value_range"])
    return np.moveaxis(reference, -1, 1) if artefact.get("layout") == "nchw" and reference.ndim > 2 else reference


def _compared(
    runtime: Runtime, path: Path, expected: np.ndarray, received: np.ndarray, bounds: Any, allowed: _Allowed
) -> float:
    """The largest difference of one output."""
    found = difference(expected, received, bounds)
    error = root_mean_square(expected, received, bounds)
    if not (found <= allowed.largest and error <= allowed.root_mean_square):  # catches NaN too
        version = getattr(importlib.import_module(runtime.module), "__version__", "unknown")
        is_single = not found <= allowed.largest
        within = f"{allowed.largest:.0e}" if is_single else f"a root mean square of {allowed.root_mean_square:.1e}"
        by = f"{found:.1e}" if is_single else f"a root mean square of {error:.1e}"
        raise BundleError(
            f"Expected {path} to give what Keras gave, within {within}. Received: numbers that differ by {by}. "
            f"Use another version of {runtime.called} (this is {version}), or pass a larger atol."
        )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Hold a bundle that kgan exported against its card and Keras.")
    parser.add_argument("bundle", nargs="?", default=Path(__file__).parent, help="the folder (default: this one)")
    parser.add_argument("--atol", type=float, default=None, help="largest difference from Keras that passes")
    parser.add_argument(
        "--saved-model", action="store_true", help="run the SavedModel, too, of a bundle that you trust"
    )
    given = parser.parse_args(arguments)
    try:
        found = verify(given.bundle, atol=given.atol, saved_model=given.saved_model)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print("\n".join([*found.lines(), found.conclusion]))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

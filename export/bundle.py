"""What `save` writes: the artefacts, a card that describes them, and a program that runs them."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from kgan._support import files
from kgan.export import artefact, card, noise, onnx, parity, runners, saved_model
from kgan.export.card import CARD
from kgan.export.signature import Signature
from kgan.models.adversarial import AdversarialModel

__all__ = ["CARD", "save"]

_KERAS = "model.save(path) writes the whole game, to train on."
_OF_SAVED_MODEL = "Convert saved_model/, which a bundle holds."
_OTHER_FILES = {
    **dict.fromkeys((".keras", ".h5", ".hdf5"), _KERAS),
    **dict.fromkeys((".tflite", ".pb", ".pt", ".pth", ".safetensors"), _OF_SAVED_MODEL),
    ".zip": "Write a folder, and pack it.",
}


def save(
    model: AdversarialModel,
    folder: "str | os.PathLike",
    *,
    opset: int = onnx.DEFAULT_OPSET,
    atol: float = parity.TOLERANCE,
    precision: str = "float32",
    averaged: bool = True,
    origin: Mapping[str, Any] | None = None,
) -> Path:
    """Exports the generator and proves each artefact equal to Keras.

    Writes `saved_model/`, `generator.onnx`, `card.json` and the programs that run the bundle, `sampler.py` and
    `latents.py`, or `apply.py`, into the folder; beside `sampler.py`, `latents.js` and `Latents.cs` draw the latents of
    a seed in other languages. Each artefact is reopened and compared with Keras at several batch sizes, and several
    lengths of free axes. The folder appears whole or not at all; of a bundle that stands there already only these files
    are replaced, what else lies in it stays.

    A name that ends in `.onnx` is that file alone, with all of its metadata: `kgan sample` takes it as it takes a
    bundle. `gan.export(path, format="tf_saved_model")` writes a SavedModel alone.

    Args:
        model: A trained model of a kind that kgan knows, a `kgan.GAN` for one.
        folder: Where the bundle goes, or the ONNX file, `"model.onnx"`.
        opset: ONNX opset, 13 to 18.
        atol: Largest absolute difference from Keras that passes.
        precision: `"float32"`: a generator that was trained in mixed precision computes in float32 from then on, on
            weights that were float32 all along. `"as_trained"` keeps its float16 or bfloat16; pass a larger `atol` too.
        averaged: Export the averaged generator, where there is one; `False` exports the one in training.
        origin: Where the weights come from, which `card.json` then says too; `kgan export` writes the epoch, and why.

    Returns:
        The folder, or the file.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> bundle = kgan.export.save(gan, "my-generator")
        >>> sorted(path.name for path in bundle.iterdir())
        ['Latents.cs', 'card.json', 'generator.onnx', 'latents.js', 'latents.py', 'sampler.py', 'saved_model']

    Raises:
        TypeError: if `model` is not a model of a kind that kgan knows.
        ValueError: if `opset` is out of range, there is no such precision, the name is that of a file of another kind,
            or the generator cannot be exported.
        FileExistsError: if the folder holds something other than a bundle, or a folder has the name of the file.
        ExportError: if ONNX cannot express the generator, or it draws noise of its own.
        VerificationError: if an artefact differs from Keras.
    """
    folder = Path(folder)
    if folder.suffix == ".onnx":
        options = {"opset": opset, "atol": atol, "precision": precision, "averaged": averaged}
        return artefact.write(model, folder, "onnx", **options)
    if folder.suffix in _OTHER_FILES:
        raise ValueError(
            f"Expected a folder for the bundle, or a name that ends in .onnx. Received: {folder.name!r}. "
            f"{_OTHER_FILES[folder.suffix]}"
        )
    if folder.exists() and not (folder / CARD).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(
            f"Expected {folder} to be missing, empty or an earlier bundle. Received: a "
            f"{'folder of something else' if folder.is_dir() else 'file'}. Choose another folder."
        )
    signature = Signature.of(model)
    generator = artefact.in_precision(model.inference_generator if averaged else model.generator, precision)
    programs = [runners.named(one) for one in (signature.exported.runner, *signature.exported.programs)]
    with files.replacing_folder(folder) as new:
        differences = _write_artefacts(generator, signature, new, opset, atol)
        for program in programs:
            program.write(new)
        facts = {
            "parameters": generator.count_params(),
            "averaged_weights": averaged and model.ema_generator is not None,
            "precision": sorted({layer.compute_dtype for layer in generator._flatten_layers()}),
            "trained": {"steps": int(model.steps.numpy()), "images": int(model.images_seen.numpy())},
            "opset": opset,
            "verified": {
                "batches": signature.exported.batches,
                "tolerance": atol,
                "largest_difference_from_keras": differences,
            },
        }
        card.write(new, signature, facts if origin is None else {**facts, "origin": dict(origin)})
        _keep_the_rest(folder, new)
    return folder


def _write_artefacts(
    generator: keras.Model, signature: Signature, folder: Path, opset: int, atol: float
) -> dict[str, float]:
    """Writes ONNX and SavedModel, and returns by how much each differs from Keras."""
    function = signature.function(generator)
    keras_runner = parity.keras_runner(function, signature)
    noise.check(function, keras_runner, signature, generator._flatten_layers(), atol)
    artefact.write_onnx(generator, signature, folder / "generator.onnx", opset, atol)
    saved_model.write(generator, function, signature, folder / "saved_model")
    reopened = {
        "generator.onnx": parity.onnx_runner(folder / "generator.onnx", signature),
        "saved_model": parity.saved_model_runner(folder / "saved_model", signature),
    }
    return {
        name: parity.largest_difference(name, artefact, keras_runner, signature, atol)
        for name, artefact in reopened.items()
    }


def _keep_the_rest(old: Path, new: Path) -> None:
    """Brings along what someone put beside the artefacts of an earlier bundle, a grid drawn there, say."""
    artefacts = {CARD, "generator.onnx", "saved_model", *runners.FILES}
    for path in old.iterdir() if old.is_dir() else ():
        if path.name in artefacts:
            continue
        if path.is_dir():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)

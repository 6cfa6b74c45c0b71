"""What `save` writes: the artefacts, a card that describes them, and a sampler that runs them."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import keras

from kgan._game import networks
from kgan._support import files
from kgan.export import onnx, sampler, saved_model, verify
from kgan.export.signature import Signature
from kgan.models.gan import GAN
from kgan.version import __version__

CARD = "card.json"
_ARTEFACTS = frozenset((CARD, "generator.onnx", "saved_model", "sampler.py"))


def save(
    gan: GAN,
    folder: "str | os.PathLike",
    *,
    opset: int = onnx.DEFAULT_OPSET,
    atol: float = verify.TOLERANCE,
    precision: str = "float32",
    averaged: bool = True,
) -> Path:
    """Exports the generator and proves each artefact equal to Keras.

    Writes `saved_model/`, `generator.onnx`, `card.json` and `sampler.py` into the folder. Each artefact is reopened and
    compared with Keras at batch 1, 5 and 64. The folder appears whole or not at all; of a bundle that stands there
    already only these four are replaced, what else lies in it stays.

    Args:
        gan: A trained `kgan.GAN`.
        folder: Where the bundle goes.
        opset: ONNX opset, 13 to 18.
        atol: Largest absolute difference from Keras that passes.
        precision: `"float32"`: a generator that was trained in mixed precision computes in float32 from then on, on
            weights that were float32 all along. `"as_trained"` keeps its float16 or bfloat16; pass a larger `atol` too.
        averaged: Export the averaged generator, where there is one; `False` exports the one in training.

    Returns:
        The folder.

    Raises:
        TypeError: `gan` is not a `kgan.GAN`.
        ValueError: `opset` is out of range, or there is no such precision.
        FileExistsError: The folder holds something other than a bundle.
        ExportError: ONNX cannot express the generator.
        VerificationError: An artefact differs from Keras.
    """
    if not isinstance(gan, GAN):
        raise TypeError(f"Expected gan to be a kgan.GAN. Received: {gan!r} of type {type(gan).__name__}.")
    folder = Path(folder)
    if folder.exists() and not (folder / CARD).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(
            f"Expected {folder} to be missing, empty or an earlier bundle. Received: a "
            f"{'folder of something else' if folder.is_dir() else 'file'}. Choose another folder."
        )
    signature = Signature.of(gan)
    generator = _exported(gan, precision, averaged)
    function = signature.function(generator)
    keras_runner = verify.keras_runner(function, signature)
    with files.replacing_folder(folder) as new:
        onnx.write(function, signature, new / "generator.onnx", opset)
        saved_model.write(generator, function, signature, new / "saved_model")
        shutil.copyfile(sampler.__file__, new / "sampler.py")
        differences = {}
        for name, runner in (
            ("generator.onnx", verify.onnx_runner(new / "generator.onnx", signature)),
            ("saved_model", verify.saved_model_runner(new / "saved_model", signature)),
        ):
            differences[name] = verify.largest_difference(name, runner, keras_runner, signature, atol)
        facts = {
            "parameters": generator.count_params(),
            "averaged_weights": averaged and gan.ema_generator is not None,
            "precision": sorted({layer.compute_dtype for layer in generator._flatten_layers()}),
            "trained": {"steps": int(gan.steps.numpy()), "images": int(gan.images_seen.numpy())},
        }
        _write_card(facts, signature, new, opset, atol, differences)
        _keep_the_rest(folder, new)
    return folder


def _keep_the_rest(old: Path, new: Path) -> None:
    """Brings along what someone put beside the artefacts of an earlier bundle, a grid drawn there, say."""
    for path in old.iterdir() if old.is_dir() else ():
        if path.name in _ARTEFACTS:
            continue
        if path.is_dir():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _exported(gan: GAN, precision: str, averaged: bool) -> keras.Model:
    if precision not in ("float32", "as_trained"):
        raise ValueError(f"Expected precision as 'float32' or 'as_trained'. Received: precision={precision!r}.")
    generator = gan.inference_generator if averaged else gan.generator
    return networks.in_float32(generator) if precision == "float32" else generator


def _write_card(facts, signature, folder, opset, atol, differences) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    card = {
        "kgan_version": __version__,
        "inputs": {
            spec.name: {"shape": ["batch", *spec.shape[1:]], "dtype": spec.dtype.name}
            for spec in signature.tensor_specs()
        },
        "outputs": {signature.output: {"shape": ["batch", *signature.sample_shape], "dtype": "float32"}},
        "latent_distribution": signature.latents,
        "latent_arguments": signature.latent_arguments,
        "value_range": signature.value_range,
        "num_classes": signature.num_classes,
        "num_tags": signature.num_tags,
        **facts,
        "opset": opset,
        "verified": {"batches": verify.BATCHES, "tolerance": atol, "largest_difference_from_keras": differences},
        "sha256": {str(path.relative_to(folder)): _digest(path) for path in paths},
    }
    (folder / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

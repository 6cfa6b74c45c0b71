"""What `save` writes: the artefacts, a card that describes them, and a program that runs them."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgan._support import files
from kgan.export import artefact, card, drawn_noise, known_outputs, onnx, parity, runners
from kgan.export.calibration import parsed
from kgan.export.card import CARD
from kgan.export.formats import DEFAULT, FORMATS, Context, Format, checked, of_file
from kgan.export.graph import file as graph_file
from kgan.export.graph.form import Form
from kgan.export.parts import formats_of
from kgan.export.portable import probes
from kgan.export.portable.card_file import UNKNOWN_LICENCE
from kgan.export.portable.checks import checked_licence
from kgan.export.portable.probes import PROBES
from kgan.export.signature import Signature
from kgan.models.adversarial import AdversarialModel

__all__ = ["CARD", "save"]

_KERAS = "model.save(path) writes the whole game, to train on."
_OF_SAVED_MODEL = "Convert saved_model/, which a bundle holds."
_OTHER_FILES = {
    **dict.fromkeys((".keras", ".h5", ".hdf5"), _KERAS),
    **dict.fromkeys((".pb", ".pt", ".pth", ".safetensors"), _OF_SAVED_MODEL),
    ".zip": "Write a folder, and pack it.",
}


def save(
    model: AdversarialModel,
    folder: "str | os.PathLike",
    *,
    formats: Sequence[str] = DEFAULT,
    opset: int = onnx.DEFAULT_OPSET,
    atol: float | None = None,
    precision: str = "float32",
    layout: str = "nhwc",
    pixels: str = "float32",
    averaged: bool = True,
    origin: Mapping[str, Any] | None = None,
    calibration: Any = None,
    force: bool = False,
    parts: bool = False,
    licence: str | None = None,
) -> Path:
    """Exports the generator and proves each artefact equal to Keras.

    Writes `generator.onnx`, `saved_model/` or what else `formats` name, and beside `generator.onnx` the programs that
    run it: `sampler.py` and `latents.py`, with `latents.js` and `Latents.cs`, which draw the latents of a seed in other
    languages, or `apply.py`. `card.json` and `README.md`, a model card, describe all, and `verify.py` proves it again
    anywhere, on `probes.npz`.

    Each artefact is reopened and compared with Keras at several batch sizes, and several lengths of free axes. The
    folder appears whole or not at all; of a bundle that stands there already only these files are replaced: what else
    lies in it stays, and a `README.md` that somebody has edited. Of a `kgan.CycleTranslation` the bundle is the
    translator from a to b, and `b2a/` within it another bundle, the one back.

    A name that ends in `.onnx` is that file alone, with all of its metadata: `kgan sample` takes it as it takes a
    bundle. `gan.export(path, format="saved_model")` writes a SavedModel without a card.

    Args:
        model: A trained model of a kind that kgan knows, a `kgan.GAN` for one.
        folder: Where the bundle goes, or the ONNX file, `"model.onnx"`.
        formats: What the bundle holds, or the one format of the file. `"onnx"` and `"saved_model"`, which is also for
            a generator that ONNX cannot express: `formats=("saved_model",)`. `"onnx_float16"`, `"onnx_int8"` (ranges
            of 8 bits from `calibration`) and `"onnx_int8_dynamic"` (ranges from each run) are smaller ONNX files;
            `"litert"` and `"openvino"` are those runtimes' own, and take the extras of these names.
        opset: ONNX opset, 13 to 18.
        atol: Largest absolute difference from Keras that passes; `None` for 1e-4, of float16 0.05, where samples span
            2, and in proportion where images do not. What files of 8 bits may lose is another matter, see `force`.
        precision: `"float32"`: a generator that was trained in mixed precision computes in float32 from then on, on
            weights that were float32 all along. `"as_trained"` keeps its float16 or bfloat16; pass a larger `atol` too.
            `"float16"`: ONNX files hold and compute in float16 what is no statistic, and take and give float32; others
            are as for `"float32"`. The format `"onnx_float16"` writes such a file beside the other.
        layout: Of pictures in ONNX files: `"nhwc"`, or `"nchw"` for channels first, as browsers and PyTorch have them.
        pixels: Of pictures in ONNX files: `"float32"` in the value range, or `"uint8"`, 0 to 255, ready to show. The
            programs of the bundle, and `kgan sample`, draw the same pictures from all of these.
        averaged: Export the averaged generator, where there is one; `False` exports the one in training.
        origin: Where the weights come from, which `card.json` then says too; `kgan export` writes the epoch, and why.
        calibration: Inputs, arrays by name or one array, that files of 8 bits are calibrated on; by default those of a
            generator of noise are drawn. One that takes pictures is measured on them, too: pass some hundred.
        force: Whether files of 8 bits pass that lose more than is allowed: a PSNR to Keras below 30 dB, or a Frechet
            distance of their samples to float32's above 1.5 times that of two sets of float32 samples.
        parts: Whether a StyleGAN's mapping and synthesis are written too, each on its own: `mapping.onnx`, from latents
            to w, and `synthesis.onnx`, from w to images. They are the formats `"onnx_mapping"` and `"onnx_synthesis"`.
            Of a `kgan.BiGAN`, `encoder.onnx`, from samples to latents, `"onnx_encoder"`.
        licence: Of the weights, by the name that the Hugging Face Hub has for it, `"cc-by-4.0"`, for both cards;
            `None` for `"unknown"`.

    Returns:
        The folder, or the file.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> bundle = kgan.export.save(gan, "my-generator")
        >>> sorted(path.name for path in bundle.iterdir())
        ['Latents.cs', 'README.md', 'card.json', 'generator.onnx', 'latents.js', 'latents.py', 'probes.npz',
         'sampler.py', 'saved_model', 'verify.py']

    Raises:
        TypeError: if `model` is not a model of a kind that kgan knows, or `formats` is no sequence of names.
        ValueError: if `opset` is out of range, there is no such format, precision, layout or pixels, `licence` is no
            such name, the name is that of a file of another kind, or the generator cannot be exported.
        FileExistsError: if the folder holds something other than a bundle, or a folder has the name of the file.
        ExportError: if a format cannot express the generator, or it draws noise of its own.
        VerificationError: if an artefact differs from Keras, or one of 8 bits loses too much and is not forced.
    """
    folder = Path(folder)
    asked = checked((*formats, *formats_of(Signature.of(model))) if parts and not isinstance(formats, str) else formats)
    licence = UNKNOWN_LICENCE if licence is None else checked_licence(licence)
    of_folders = {"parts=True": parts, f"licence={licence!r}": licence != UNKNOWN_LICENCE}
    for said in (said for said, given in of_folders.items() if given):
        if any(one.suffix and one.suffix == folder.suffix for one in asked):
            raise ValueError(f"Expected a folder for {said}. Received: {folder.name!r}, a file. Name a folder.")
    if (alone := of_file(folder, formats)) is not None:
        options = {"opset": opset, "atol": atol, "precision": precision, "averaged": averaged}
        options |= {"layout": layout, "pixels": pixels, "calibration": calibration, "force": force}
        return artefact.write(model, folder, alone.name, **options)
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
    how = _How(asked, opset, atol, precision, layout, pixels, averaged, calibration, force, origin, licence)
    signature = Signature.of(model)
    contexts = {name: how.context(model, one) for name, one in {"": signature, **signature.beside}.items()}
    for context in contexts.values():
        for format in asked:
            format.check(context)
        context.check()
    with files.replacing_folder(folder) as new:
        for name, context in [*list(contexts.items())[1:], ("", contexts[""])]:  # its card has the hashes of the others
            (new / name).mkdir(exist_ok=True)
            _write(model, context, how, new / name)
        _keep_the_rest(folder, new, signature.beside)
    return folder


@dataclass(frozen=True)
class _How:
    """What `save` was asked for; attributes are its arguments."""

    formats: Sequence[Format]
    opset: int
    atol: float | None
    precision: str
    layout: str
    pixels: str
    averaged: bool
    calibration: Any
    force: bool
    origin: Mapping[str, Any] | None
    licence: str

    def context(self, model: AdversarialModel, signature: Signature) -> Context:
        """What the artefacts of one network of the model are written from."""
        form = Form.of(signature, self.layout, self.pixels)
        generator = signature.part_of(model.inference_generator if self.averaged else model.generator)
        generator = artefact.in_precision(generator, self.precision)
        signature = drawn_noise.as_input(generator, signature)
        half, inputs = self.precision == "float16", parsed(self.calibration, signature)
        return Context(generator, signature, self.opset, self.atol, form, half, inputs, self.force)


def _write(model: AdversarialModel, context: Context, how: _How, new: Path) -> None:
    """Writes the bundle of one network, but for what somebody has put beside an earlier one."""
    generator, signature = context.generator, context.signature
    runs = "onnx" in [format.name for format in how.formats]
    entries = _write_artefacts(context, how.formats, new)
    for program in (signature.exported.runner, *signature.exported.programs) if runs else ():
        runners.file(program).write(new)
    runners.file("verify.py").write(new)
    known = known_outputs.of(context)
    known += [probe for one in how.formats if one.part for probe in known_outputs.of(one.part(context))]
    probes.write_probes(new / PROBES, known)
    facts = {
        "licence": how.licence,
        **({} if runs else {"runner": None}),
        "parameters": generator.count_params(),
        "averaged_weights": how.averaged and model.ema_generator is not None,
        "precision": sorted({layer.compute_dtype for layer in generator._flatten_layers()}),
        "trained": {"steps": int(model.steps.numpy()), "images": int(model.images_seen.numpy())},
        "opset": how.opset,
        "verified": {
            "batches": signature.exported.batches,
            "largest_difference_from_keras": {one["file"]: one["largest_difference"] for one in entries.values()},
        },
        "artefacts": entries,
        **({"beside": sorted(signature.beside)} if signature.beside else {}),
    }
    card.write(new, signature, facts if how.origin is None else {**facts, "origin": dict(how.origin)})


def _write_artefacts(context: Context, formats: Sequence[Format], folder: Path) -> dict[str, dict[str, Any]]:
    """Writes each, and returns what the card says of it."""
    entries = {}
    for format in formats:
        path = folder / format.file
        own = context if format.part is None else format.part(context)
        written = format.write(context, path, format.file)
        context.written[format.name] = path
        beside = path.with_name(f"{path.name}{graph_file.DATA}")  # of more than 2 GB
        size = sum(one.stat().st_size for one in (path, beside, *path.rglob("*")) if one.is_file())
        entries[format.name] = {
            "file": format.file,
            "bytes": size,
            "largest_difference": written.difference,
            **parity.stated(own.tolerances),
            **written.card,
        }
    return entries


def _keep_the_rest(old: Path, new: Path, beside: Iterable[str]) -> None:
    """Brings along what someone put beside the artefacts of an earlier bundle, a grid drawn there, say."""
    artefacts = {*beside, CARD, PROBES, *(format.file for format in FORMATS.values()), *runners.FILES}
    artefacts |= set() if card.is_edited(old) else {card.README}
    artefacts |= {f"{format.file}{graph_file.DATA}" for format in FORMATS.values() if format.suffix}
    for path in old.iterdir() if old.is_dir() else ():
        if path.name in artefacts:
            continue
        (new / path.name).unlink(missing_ok=True)
        if path.is_dir():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)

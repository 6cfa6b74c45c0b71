"""The commands that make a bundle and run it: `export`, `sample`, `apply`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kgan_cli import bundles, light, output
from kgan_cli.app import app
from kgan_cli.options import Bundle, Direction, Provider, RunFolder, Threads

__all__ = ["apply", "export", "sample"]

_USUAL = {"tile": 512, "batch": 4}  # of `apply`


@app.command(
    epilog="Examples: kgan export runs/digits-0001 --opset 15 | kgan export runs/digits-0001 --checkpoint last"
)
def export(
    run: RunFolder,
    opset: Annotated[int, typer.Option(min=13, max=18, help="Write ONNX of this operator set.")] = 18,
    out: Annotated[
        Path | None, typer.Option(help="Write the bundle into this folder. It is RUN/export without it.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="best|last|STEP",
            help="Take the weights of the best epoch, the last ones, or those of a step in RUN/checkpoints. Without it "
            "they are the best ones where a metric on held-out data tells them well, else the last.",
        ),
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT",
            help="Write this format alone; give it again for each further one: onnx, onnx_float16, onnx_int8, "
            "onnx_int8_dynamic, saved_model, litert, openvino. Without it they are onnx and saved_model.",
        ),
    ] = None,
    layout: Annotated[
        str, typer.Option(metavar="nhwc|nchw", help="Write ONNX that gives pictures with channels last, or first.")
    ] = "nhwc",
    pixels: Annotated[
        str,
        typer.Option(
            metavar="float32|uint8",
            help="Write ONNX that gives pixels as the network does, or as 0 to 255, ready to show.",
        ),
    ] = "float32",
    force: Annotated[bool, typer.Option("--force", help="Write files of 8 bits that lose much, too.")] = False,
    parts: Annotated[
        bool,
        typer.Option(
            "--parts",
            help="Write a StyleGAN's mapping and its synthesis, too: mapping.onnx and synthesis.onnx, by w; of a BiGAN "
            "its encoder: encoder.onnx, from samples to latents.",
        ),
    ] = False,
) -> None:
    """Write SavedModel and ONNX, and prove them equal to Keras."""
    from kgan import run as runs

    how = (out, opset, checkpoint, output.say, format, layout, pixels, force, parts)
    output.say(f"Verified: {bundles.export_run(runs.Run(run), *how)}")


@app.command(
    epilog="Examples: kgan sample runs/digits-0001 --count 100 --seed 1 --out grid.png | "
    "kgan sample runs/digits-0001 --count 100000 --out samples.npy | "
    "kgan sample runs/pets-0001 --labels cats,dogs --each drawn/ | "
    'kgan sample runs/emoji-0001 --text "red heart" --out hearts.png | '
    "kgan sample runs/diamonds-0001 --count 1000 --where cut=Ideal --where price=500..900 --out rows.csv | "
    "kgan sample runs/molecules-0001 --count 100 --valid --out out.smi"
)
def sample(
    bundle: Bundle,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write all samples into this file: a picture of a grid (.png); or any number of them, their values "
            "(.npy, .npz) or a picture of each (.zip); rows of a table as .csv, .tsv or .parquet; "
            "molecules as .smi or .csv."
        ),
    ] = None,
    each: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write each sample into a file of its own in this folder.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Draw so many samples. It is 64 without it, or as many as --latents has.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Draw from this seed: the same one gives the same samples.")
    ] = None,
    latents: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw from latents of your own, a .npy file, in place of those of a seed."),
    ] = None,
    w: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw from w, a .npy file, of a StyleGAN's bundle that was exported with --parts: kgan sample "
            "BUNDLE/mapping.onnx --out w.npy writes one.",
        ),
    ] = None,
    output_name: Annotated[
        str | None,
        typer.Option(
            "--output", metavar="NAME", help="Draw this output of a generator that has several, masks, say, of a seed."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Draw these classes, by name or number, with a conditional generator: Flags,People. Sets of tags are "
            "written as hat+beard,smile."
        ),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Draw what this says, with a generator that was trained on captions; give it again for each further "
            "text.",
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw what texts say that an encoder of yours has made vectors of, a .npy file."
        ),
    ] = None,
    truncation_psi: Annotated[
        float, typer.Option(min=0.0, max=2.0, help="Draw more typical and less diverse samples by a value below 1.")
    ] = 1.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --each replace files that exist.")] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Draw rows of a table that hold this, as often as you like: cut=Ideal, cut=Ideal,Good, "
            "price=500..900 for a range, price=500.. for an open one, cut= for missing cells.",
        ),
    ] = None,
    valid: Annotated[
        bool, typer.Option("--valid", help="Keep molecules that rdkit parses, and draw others in place of the rest.")
    ] = False,
    provider: Provider = None,
    threads: Threads = None,
) -> None:
    """Draw samples with onnxruntime: a grid of pictures, one by one, rows of a table, or molecules."""
    if (out is None) == (each is None):
        raise ValueError(
            f"Expected one of --out and --each. Received: {'neither' if out is None else 'both'}. "
            f"Write --out grid.png, or --each drawn/."
        )
    asked = {"count": count, "seed": seed, "labels": labels, "truncation_psi": truncation_psi, "latents": latents}
    opened = light.bundle_of(bundle)
    rows = light.part("portable.rows")
    if rows.is_of_rows(opened):
        others = {"output": output_name, "w": w, "text": text, "vectors": vectors}
        _refuse_for_rows({"each": each, **asked, **others, "valid": valid or None})
        output.say(rows.run_rows(opened, out, count, seed, where, threads, provider))
        return
    smiles = light.part("portable.molecules")
    if smiles.is_of_molecules(opened):
        others = {"output": output_name, "w": w, "text": text, "vectors": vectors, "where": where or None}
        _refuse_for_molecules({"each": each, **asked, **others})
        output.say(smiles.run_molecules(opened, out, count, seed, valid, threads, provider))
        return
    if valid:
        raise ValueError(f"Expected valid for a bundle that writes molecules. Received: {bundle}. Leave it out.")
    if where:
        raise ValueError(f"Expected where={where[0]} for a bundle that makes rows of a table. Received: {bundle}.")
    run = light.part("portable.sampler").run
    output.say(run(opened, out, each, overwrite, threads, provider, output_name, w, text, vectors, **asked))


def _refuse_for_rows(given: Mapping[str, Any]) -> None:
    """Refuses options that rows of a table have no use for."""
    _refuse(given, "out=rows.csv, and where=COLUMN=VALUE, for a bundle that makes rows of a table")


def _refuse_for_molecules(given: Mapping[str, Any]) -> None:
    """Refuses options that molecules have no use for."""
    _refuse(given, "out=out.smi for a bundle that writes molecules")


def _refuse(given: Mapping[str, Any], expected: str) -> None:
    usual = {"truncation_psi": 1.0, "count": given["count"], "seed": given["seed"]}
    for name, value in given.items():
        if value not in (None, usual.get(name)):
            raise ValueError(f"Expected {expected}. Received: {name}={value}. Leave it out.")


def _refuse_options(names: list[str], bundle: str) -> None:
    """Refuses options of pictures and films, which another bundle has no use for."""
    if names:
        raise ValueError(
            f"Expected no options of pictures or films for {bundle}. Received: "
            f"{', '.join(f'--{name}' for name in names)}. Leave them out."
        )


@app.command(
    epilog="Examples: kgan apply runs/facades-0001/export in.png --out out.png | "
    "kgan apply runs/facades-0001 photos/ --out drawn/ --tile 256 | "
    "kgan apply runs/horses-zebras-0001 zebra.jpg --out horse.png --direction b2a | "
    "kgan apply runs/films-0001 film.gif --frames 10 --out longer.gif | "
    "kgan apply runs/digits-coloured-0001 photos/ --out classes.csv | "
    "kgan apply runs/speech-0001 mel.npy --out speech.wav | "
    "kgan apply runs/ada-ben-0001 face.png --out swapped.png --box 120,40,96,96"
)
def apply(
    bundle: Bundle,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="A picture, or a folder of pictures; or a film; or, for a vocoder, a spectrogram (.npy), sound or "
            "a folder of them.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Write the picture, the longer film, the wave, or classes (.csv), here; for a folder, write files of "
            "the same names into this one."
        ),
    ],
    tile: Annotated[
        int, typer.Option(min=1, metavar="PIXELS", help="Compute pictures with a larger side than this in tiles.")
    ] = _USUAL["tile"],
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="PIXELS", help="Let tiles share so many pixels. It is a quarter of a tile without it."
        ),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="TILES", help="Compute so many tiles at once.")] = 4,
    direction: Direction = None,
    box: Annotated[
        str | None,
        typer.Option(
            metavar="LEFT,TOP,WIDTH,HEIGHT",
            help="Swap the face that lies there, in pixels. It is in the middle without it.",
        ),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Let so many frames follow a film. They are 10 without it.")
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Write the frames that follow a film alone.")] = False,
    resize: Annotated[
        bool, typer.Option("--resize", help="Scale a film to the size that the network takes, and cut it.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace pictures that exist already.")] = False,
    provider: Provider = None,
    threads: Threads = None,
) -> None:
    """Apply a bundle of pictures or spectrograms, or one that tells classes, swaps faces or continues films."""
    how = (overwrite, threads, provider)
    opened = light.bundle_of(bundle)
    tiling = {"tile": tile, "overlap": overlap, "batch": batch}
    given = {**tiling, "direction": direction, "box": box}
    of_pictures = [name for name, value in given.items() if value != _USUAL.get(name)]
    of_films = [name for name, value in {"frames": frames, "only": only, "resize": resize}.items() if value]
    if light.runner_of(opened) == "classify.py":
        _refuse_options([*of_pictures, *of_films], "a bundle that tells classes")
        told = light.part("portable.classify").classify_files(opened, source, out, *how)
        output.say(f"{output.counted(len(told), 'picture')} in {out}")
        return
    faces = light.part("portable.swap")
    if faces.swaps_faces(opened):
        stray = [one for one in (*of_pictures, *of_films) if one not in ("direction", "box")]
        _refuse_options(stray, "a bundle that swaps faces")
        swapped = light.part("directions").of_direction(opened, direction)
        made = faces.swap_in_files(swapped, source, out, faces.parsed_box(box), *how)
        output.say(f"{output.counted(len(made), 'picture')} in {out}")
        return
    if box:
        raise ValueError(f"Expected box={box} for a bundle that swaps faces. Received: {bundle}. Leave it out.")
    if light.runner_of(opened) == "vocode.py":
        _refuse_options([*of_pictures, *of_films], "a vocoder")
        made = light.part("portable.vocode").vocode_files(opened, source, out, *how)
        output.say(f"{output.counted(len(made), 'wave')} in {out}")
        return
    films = light.part("portable.film")
    takes_films = films.takes_films(opened)
    if stray := of_pictures if takes_films else of_films:
        raise ValueError(
            f"Expected options for a bundle that {'continues films' if takes_films else 'takes pictures'}. Received: "
            f"{', '.join(f'--{name}' for name in stray)}. Leave them out."
        )
    if takes_films:
        written = films.continue_film(opened, source, out, frames or films.FRAMES, only, resize, *how)
        output.say(f"{output.counted(written, 'frame')} in {out}")
        return
    opened = light.part("directions").of_direction(opened, direction)
    written = light.part("portable.apply").apply_to_files(opened, source, out, *how, **tiling)
    output.say(f"{output.counted(len(written), 'picture')} in {out}")

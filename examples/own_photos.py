"""A folder of your photographs: what `kgan train photos/` picks for them, trained, drawn, and exported as ONNX.

    python examples/own_photos.py photos/
    python examples/own_photos.py photos/ --epochs 5 --out first-look    # a first look

The run folder is one of `kgan train`: `kgan resume`, `kgan evaluate`, `kgan latents` and `kgan report` take it. The
samples are drawn by onnxruntime out of the exported file.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime

import kgan


def drawn_by_onnx(path: Path, count: int, seed: int = 0) -> np.ndarray:
    """Samples of an exported generator, with onnxruntime alone.

    Args:
        path: The ONNX file.
        count: How many; the classes or tags take turns, where the generator has any.
        seed: Of the latents.

    Returns:
        float32 `(count, height, width, channels)` in [-1, 1].
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    size = int(facts["kgan_latent_dim"])
    inputs = {"latents": np.random.default_rng(seed).standard_normal((count, size), dtype=np.float32)}
    num_classes = json.loads(facts["kgan_num_classes"])
    if num_classes is not None:
        inputs["labels"] = np.arange(count) % num_classes
    elif any(one.name == "labels" for one in session.get_inputs()):
        num_tags = next(one.shape[1] for one in session.get_inputs() if one.name == "labels")
        inputs["labels"] = np.eye(num_tags, dtype=np.float32)[np.arange(count) % num_tags]
    (images,) = session.run(["images"], inputs)
    return images


def main(
    folder: str,
    out: str = "own-photos",
    epochs: int | None = None,
    image_size: int | None = None,
    settings: dict | None = None,
) -> kgan.run.Run:
    """Trains into the run folder `out`; writes `export/` and `from-onnx.png` there.

    Args:
        folder: Of pictures, in any formats and sizes; subfolders are classes.
        out: The run folder, which must not hold anything yet.
        epochs: `None` for as many as suit the data.
        image_size: Pixels of a square; `None` for what suits the data and the machine.
        settings: Others to change, by name, as `kgan train --set` does.
    """
    plan = kgan.run.Plan.make(folder, "auto", settings, epochs=epochs, image_size=image_size, say=print)
    run = kgan.run.train(plan, Path(out), verbose=2, say=print).run  # says what was found, picked, and why

    chosen = run.chosen()  # the best epoch, where held-out pictures tell which it is
    print(f"Exporting {chosen}.")
    kgan.export.save(kgan.run.loaded(chosen.checkpoint), run.export, origin=chosen.to_dict())
    run.note_export(chosen)

    picture = run.folder / "from-onnx.png"
    kgan.pictures.grid(drawn_by_onnx(run.export / "generator.onnx", 64), columns=8).save(picture)
    print(f"Look at {picture} and {run.film}; {run.export} draws without Keras.")
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="of pictures; subfolders are classes")
    parser.add_argument("--out", default="own-photos", help="the run folder")
    parser.add_argument("--epochs", type=int, help="passes over the pictures; as many as suit them without it")
    parser.add_argument("--image-size", type=int, help="pixels of a square; what suits them without it")
    main(**vars(parser.parse_args()))

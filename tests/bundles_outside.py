"""Run by .ci/run: a bundle of every kind, made with kgan, is run where there are NumPy, Pillow and onnxruntime alone.

    python bundles_outside.py make FOLDER      # with kgan: bundles, and beside each what Keras gives
    python bundles_outside.py run FOLDER       # without: every program of each bundle, as its receiver starts it

Not a test of the suite: the suite always finds the checkout's own kgan. The second half runs on Python 3.10.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np

COUNT, SEED = 6, 3
ABSENT = ("kgan", "tensorflow", "keras", "onnx", "tf2onnx", "typer")


def make(folder):
    """Writes `FOLDER/NAME/bundle` and `FOLDER/NAME/expected.npy` for each kind."""
    import kgan

    networks = kgan.architectures
    shape = (16, 16, 3)

    def gan(**labels):
        return kgan.GAN(
            networks.dcgan_generator(shape, 8, 4, seed=0, **labels),
            networks.dcgan_discriminator(shape, 4, seed=1, **labels),
            **({"num_classes": labels["num_classes"]} if "num_classes" in labels else {}),
            seed=0,
        )

    styles = kgan.GAN(
        networks.stylegan2_generator(shape, latent_dim=8, width=4, seed=0),
        networks.dcgan_discriminator(shape, 4, seed=1),
        seed=0,
    )
    translation = kgan.Translation(
        networks.unet_generator(shape, output_channels=3, width=4, depth=2, seed=0),
        networks.patchgan_discriminator(shape, condition_shape=shape, width=4, layers=1, seed=1),
        seed=0,
    )
    games = {"noise": gan(), "classes": gan(num_classes=3), "tags": gan(num_tags=4), "styles": styles}
    games["classes"].class_names = ["a", "b, c", "日本"]
    for game in (games["noise"], games["classes"], games["tags"], translation):
        for weight in game.generator.trainable_weights:  # or untrained networks would draw next to nothing
            weight.assign(weight * 10.0 if len(weight.shape) > 1 else weight)
    for name, game in games.items():
        kgan.export.save(game, folder / name / "bundle")
        np.save(folder / name / "expected.npy", game.generate(COUNT, seed=SEED))
    kgan.export.save(translation, folder / "translation" / "bundle")
    pixels = np.random.RandomState(0).randint(0, 256, (16, 16, 3)).astype(np.uint8)
    np.save(folder / "translation" / "input.npy", pixels)
    drawn = translation.inference_generator(pixels[None].astype(np.float32) / 127.5 - 1.0, training=False)
    np.save(folder / "translation" / "expected.npy", np.asarray(drawn)[0])


def run(folder):
    """Runs every program of each bundle, and compares what it draws with Keras."""
    there = [name for name in ABSENT if importlib.util.find_spec(name) is not None]
    if there:
        raise SystemExit(f"Expected NumPy, Pillow and onnxruntime alone. Received: {', '.join(there)}, too.")
    for place in sorted(folder.iterdir()):
        bundle, expected = place / "bundle", np.load(place / "expected.npy", allow_pickle=False)
        print("\n".join(f"{place.name}: {line}" for line in started(bundle / "verify.py").splitlines()))  # noqa: T201
        drawn = applied(place) if (bundle / "apply.py").is_file() else sampled(place)
        if not expected.std() > 0.1:
            raise SystemExit(f"Expected {place.name} to draw something. Received: numbers of {expected.std():.1e}.")
        difference, most = float(abs(drawn - expected).max()), 1.01 / 127.5 if drawn.ndim == 3 else 1e-4
        if drawn.shape != expected.shape or not difference < most:
            raise SystemExit(f"Expected {place.name} as Keras draws it. Received: a difference of {difference:.1e}.")
        print(f"{place.name}: drawn as Keras draws it, {difference:.1e} apart at most")  # noqa: T201


def sampled(place):
    """Samples of a seed, by the program and by import; a grid and a film too."""
    bundle = place / "bundle"
    arguments = ("--count", COUNT, "--seed", SEED, "--out")
    started(bundle / "sampler.py", *arguments, place / "samples.npy")
    started(bundle / "sampler.py", *arguments, place / "grid.png")
    started(bundle / "latents.py", "film", "--seed", SEED, "--keys", 2, "--steps", 2, "--out", place / "film.gif")
    by_import = f"from sampler import Sampler; print(Sampler({str(bundle)!r}).sample({COUNT}, seed={SEED}).shape)"
    done = subprocess.run([sys.executable, "-c", by_import], cwd=bundle, capture_output=True, text=True, check=True)
    drawn = np.load(place / "samples.npy", allow_pickle=False)
    if done.stdout.strip() != str(drawn.shape):
        raise SystemExit(f"Expected samples of shape {drawn.shape}. Received: {done.stdout}.")
    return drawn


def applied(place):
    """What the program makes of a picture, in [-1, 1]."""
    from PIL import Image

    Image.fromarray(np.load(place / "input.npy", allow_pickle=False)).save(place / "in.png")
    started(place / "bundle" / "apply.py", place / "in.png", "--out", place / "out.png")
    with Image.open(place / "out.png") as picture:
        return np.asarray(picture) / np.float32(127.5) - 1.0


def started(program, *arguments):
    """What a program says; its error ends this one."""
    done = subprocess.run(
        [sys.executable, program, *map(str, arguments)],
        cwd=program.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stderr:
        raise SystemExit(f"Expected {program} to run. Received: status {done.returncode}, {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    {"make": make, "run": run}[sys.argv[1]](Path(sys.argv[2]).resolve())

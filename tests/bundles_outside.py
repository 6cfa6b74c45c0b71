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
SHAPE = (16, 16, 3)
BYTES = "bytes"
ABSENT = ("kgan", "tensorflow", "keras", "onnx", "tf2onnx", "typer")


def make(folder):
    """Writes `FOLDER/NAME/bundle` for each kind, and beside it what Keras gives."""
    import kgan

    for name, (game, options) in generators().items():
        kgan.export.save(game, folder / name / "bundle", **options)
        np.save(folder / name / "expected.npy", game.generate(COUNT, seed=SEED))
    pixels = np.random.RandomState(0).randint(0, 256, SHAPE).astype(np.uint8)
    for name, model in translators().items():
        kgan.export.save(model, folder / name / "bundle")
        np.save(folder / name / "input.npy", pixels)
        both = isinstance(model, kgan.CycleTranslation)
        networks = {"": model.to_b, "b2a": model.to_a} if both else {"": model.inference_generator}
        for inside, network in networks.items():
            drawn = network(pixels[None].astype(np.float32) / 127.5 - 1.0, training=False)
            np.save(folder / name / f"expected{inside}.npy", np.asarray(drawn)[0])
    make_film(folder / "films")
    make_rows(folder / "tables")
    make_molecules(folder / "molecules")
    make_swap(folder / "faces")


def generators():
    """Games whose bundles have `sampler.py`, and how each is exported."""
    import keras

    import kgan

    networks = kgan.architectures

    def gan(**labels):
        return kgan.GAN(
            networks.dcgan_generator(SHAPE, 8, 4, seed=0, **labels),
            networks.dcgan_discriminator(SHAPE, 4, seed=1, **labels),
            **({"num_classes": labels["num_classes"]} if "num_classes" in labels else {}),
            seed=0,
        )

    styles = kgan.GAN(
        networks.stylegan2_generator(SHAPE, latent_dim=8, width=4, seed=0),
        networks.dcgan_discriminator(SHAPE, 4, seed=1),
        seed=0,
    )
    one = networks.dcgan_generator(SHAPE, 8, 4, seed=0)
    masks = keras.layers.Activation("sigmoid", name="masks")(one.output)
    several = keras.Model(one.input, {"images": one.output, "masks": masks})
    games = {
        "noise": (gan(), {}),
        "classes": (gan(num_classes=3), {}),
        "tags": (gan(num_tags=4), {}),
        "styles": (styles, {"parts": True}),
        "several": (kgan.GAN(several, networks.dcgan_discriminator(SHAPE, 4, seed=1), seed=0), {}),
        "channels first": (gan(), {"layout": "nchw"}),
        BYTES: (gan(), {"pixels": "uint8"}),
        "smaller": (gan(), {"formats": ("onnx", "onnx_float16", "onnx_int8", "onnx_int8_dynamic"), "force": True}),
    }
    games["classes"][0].class_names = ["a", "b, c", "日本"]
    for name, (game, _) in games.items():
        if name != "styles":
            louder(game.generator)
    return games


def louder(network):
    """Weights at which an untrained network draws something."""
    for weight in network.trainable_weights:
        weight.assign(weight * 10.0 if len(weight.shape) > 1 else weight)


def translators():
    """Models whose bundles have `apply.py`."""
    import kgan

    networks = kgan.architectures

    def unet(seed):
        return networks.unet_generator(SHAPE, output_channels=3, width=4, depth=2, seed=seed)

    def judge(seed, **arguments):
        return networks.patchgan_discriminator(SHAPE, width=4, layers=1, seed=seed, **arguments)

    found = {
        "translation": kgan.Translation(unet(0), judge(1, condition_shape=SHAPE), seed=0),
        "both directions": kgan.CycleTranslation(unet(0), unet(1), judge(2), judge(3), seed=0),
        "one direction": kgan.ContrastiveTranslation(unet(4), judge(5), seed=0),
        "super-resolution": kgan.SuperResolution(
            networks.compact_generator(SHAPE, scale=2, width=4, convolutions=1, seed=0),
            networks.patchgan_discriminator((32, 32, 3), width=4, layers=1, seed=1),
            seed=0,
        ),
    }
    for name, model in found.items():
        if name != "super-resolution":
            louder(model.generator)
    return found


def make_film(place):
    """A bundle that continues films, a film, and the frames that Keras puts behind it."""
    import films
    import video_games

    import kgan

    model = video_games.compiled()
    louder(model.generator)
    kgan.export.save(model, place / "bundle")
    film = films.squares(1, frames=6, size=16, seed=2)[0]
    np.save(place / "film.npy", film)
    np.save(place / "expected.npy", model.continued(film[None], frames=4)[0])


def make_rows(place):
    """A bundle that draws rows, and the rows that Keras draws."""
    import kgan
    import table_games

    model = table_games.trained()
    kgan.export.save(model, place / "bundle")
    rows = model.sample(COUNT, seed=SEED, where={"cut": "Good"})
    rows.to_csv(place / "expected.csv", index=False)


def make_molecules(place):
    """A bundle that writes molecules, and those that Keras writes."""
    import kgan
    import molecule_games

    model = molecule_games.trained()
    kgan.export.save(model, place / "bundle")
    (place / "expected.smi").write_text("".join(f"{one}\n" for one in model.sample(COUNT, seed=SEED)))


def make_swap(place):
    """A bundle that swaps faces both ways, a face of each, and what Keras makes of it, marked."""
    import face_games

    import kgan

    model = kgan.FaceSwap(*face_games.networks(), seed=0)
    for side in "ab":
        louder(getattr(model.generator, f"decoder_{side}").get_layer("drawn"))
    kgan.export.save(model, place / "bundle")
    for direction, way, faces in zip(("", "b2a"), ("a2b", "b2a"), face_games.faces(1), strict=True):
        np.save(place / f"input{direction}.npy", faces[0])
        np.save(place / f"expected{direction}.npy", model.translate(faces, way)[0])


def run(folder):
    """Runs every program of each bundle, and compares what it draws with Keras."""
    there = [name for name in ABSENT if importlib.util.find_spec(name) is not None]
    if there:
        raise SystemExit(f"Expected NumPy, Pillow and onnxruntime alone. Received: {', '.join(there)}, too.")
    for place in sorted(folder.iterdir()):
        bundle = place / "bundle"
        print("\n".join(f"{place.name}: {line}" for line in started(bundle / "verify.py").splitlines()))  # noqa: T201
        if (bundle / "rows.py").is_file():
            check_rows(place)
            continue
        if (bundle / "molecules.py").is_file():
            check_molecules(place)
            continue
        if (bundle / "swap.py").is_file():
            for direction in ("", "b2a"):
                check_swap(place, direction)
            continue
        for direction in ("", "b2a") if (bundle / "b2a").is_dir() else ("",):
            check(place, direction)


def check(place, direction):
    """Compares what a bundle draws with Keras."""
    bundle, expected = place / "bundle" / direction, np.load(place / f"expected{direction}.npy", allow_pickle=False)
    program = next(name for name in ("apply.py", "film.py", "sampler.py") if (bundle / name).is_file())
    drawn = {"apply.py": applied, "film.py": continued, "sampler.py": sampled}[program](place, bundle)
    name = " ".join(filter(None, (place.name, direction)))
    if not expected.std() > 0.1:
        raise SystemExit(f"Expected {name} to draw something. Received: numbers of {expected.std():.1e}.")
    levels = program != "sampler.py" or place.name == BYTES
    expected = np.clip(expected, -1.0, 1.0) if levels else expected
    most = 1.01 / 127.5 if levels else 1e-4  # a grey level apart, for rounding
    difference = float(abs(drawn.astype(np.float64) - expected).max())
    if drawn.shape != expected.shape or not difference < most:
        raise SystemExit(f"Expected {name} as Keras draws it. Received: a difference of {difference:.1e}.")
    print(f"{name}: drawn as Keras draws it, {difference:.1e} apart at most")  # noqa: T201


def continued(place, bundle):
    """The frames that follow a film, in [-1, 1]."""
    started(bundle / "film.py", place / "film.npy", "--frames", 4, "--only", "--out", place / "out.npy")
    return np.load(place / "out.npy", allow_pickle=False) / np.float32(127.5) - 1.0


def check_rows(place):
    """Draws rows that hold what is asked, and compares them with those of Keras."""
    arguments = ("--count", COUNT, "--seed", SEED, "--where", "cut=Good", "--out", place / "rows.csv")
    started(place / "bundle" / "rows.py", *arguments)
    drawn, expected = ((place / name).read_text().split("\n") for name in ("rows.csv", "expected.csv"))
    if drawn != expected:
        raise SystemExit(f"Expected {place.name} as Keras draws them. Received: {drawn}, not {expected}.")
    print(f"{place.name}: drawn as Keras draws them")  # noqa: T201


def check_molecules(place):
    """Writes molecules, and compares them with those of Keras."""
    started(place / "bundle" / "molecules.py", "--count", COUNT, "--seed", SEED, "--out", place / "out.smi")
    drawn, expected = ((place / name).read_text().split("\n") for name in ("out.smi", "expected.smi"))
    if drawn != expected:
        raise SystemExit(f"Expected {place.name} as Keras writes them. Received: {drawn}, not {expected}.")
    print(f"{place.name}: written as Keras writes them")  # noqa: T201


def check_swap(place, direction):
    """Swaps a face: as Keras has it where it is not faded out, and marked in the picture and in the file."""
    from PIL import Image

    given, expected = (np.load(place / f"{one}{direction}.npy", allow_pickle=False) for one in ("input", "expected"))
    name = f"{place.name} {direction or 'a2b'}"
    Image.fromarray(given).save(place / "face.png")
    program = place / "bundle" / direction / "swap.py"
    started(program, place / "face.png", "--overwrite", "--out", place / f"swapped{direction}.png")
    with Image.open(place / f"swapped{direction}.png") as picture:
        drawn, told = np.asarray(picture), dict(picture.info)
    middle = slice(3, len(given) // 2), slice(3, -3)  # above the word, and within what is faded out
    levels = np.abs(drawn.astype(int) - np.rint(np.clip(expected * 127.5 + 127.5, 0, 255)))
    moved = np.abs(drawn.astype(int) - given)[middle].max()
    if not levels[middle].max() <= 1 or not moved > 10:
        raise SystemExit(f"Expected {name} as Keras swaps it. Received: {levels[middle].max()} levels apart.")
    inked = (expected == 1.0).all(-1) | (expected == -1.0).all(-1)
    if not inked[len(given) // 2 :].any() or levels[inked].any() or "Disclaimer" not in told:
        raise SystemExit(f"Expected {name} with its marks. Received: {sorted(told)}, without the word.")
    print(f"{name}: swapped as Keras swaps it, and marked")  # noqa: T201


def sampled(place, bundle):
    """Samples of a seed, by the program and by import; a grid and a film too."""
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


def applied(place, bundle):
    """What the program makes of a picture, in [-1, 1]."""
    from PIL import Image

    Image.fromarray(np.load(place / "input.npy", allow_pickle=False)).save(place / "in.png")
    started(bundle / "apply.py", place / "in.png", "--overwrite", "--out", place / "out.png")
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

"""Wrong commands, and what each must say; `python tests/cli/wrong_commands.py` prints a transcript of all of them.

The folder in which they are typed, as `workplace` makes it, is the same afterwards as before.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

__all__ = ["WRONG", "Wrong", "contents", "workplace"]


class Wrong(NamedTuple):
    """A command as it is typed in the folder, what it must name, and what else it must say, such as what to do.

    Attributes:
        typed: Its words after `kgan`.
        names: What was wrong, as it was typed.
        says: What is expected, or what to do.
    """

    typed: str
    names: str
    says: str


def _refused(settings: str, names: str, says: str) -> Wrong:
    return Wrong(f"train digits --set {settings}", names, says)


WRONG = (
    # --- the command itself ---
    Wrong("trian digits", "trian", "Did you mean 'train'?"),
    Wrong("train", "DATA", "For example: kgan train digits"),
    Wrong("train digits --epoch 3", "--epoch", "--epochs"),
    Wrong("train digits photos", "photos", "Expected samples of one height and width in both collections"),
    Wrong("train photos photos photos", "3 places", "put them into one"),
    Wrong("train digits --epochs", "--epochs alone", "with a value"),
    Wrong("train digits --strict=yes", "--strict=yes", "Received: --strict=yes. Write --strict, or leave it out."),
    Wrong("train digits --learning-rate 0.001", "--learning-rate", "write --set learning_rate=VALUE"),
    Wrong("train digits --learningrate 0.001", "--learningrate", "write --set learning_rate=VALUE"),
    Wrong("train digits --lr 0.001", "--lr", "write --set learning_rate=VALUE"),
    Wrong("train digits --labels none", "--labels", "write --set data.labels=VALUE"),
    Wrong("train digits --size 64", "--size", "Did you mean '--image-size'?"),
    Wrong("train digits --gpus 2", "--gpus", "Write --strategy mirrored; it takes every GPU"),
    Wrong("train digits --name mine", "--name", "Did you mean '--out'?"),
    Wrong("train digits --loud", "--loud", "kgan recipes show NAME lists them"),
    Wrong("train digits --sett beta_1=0", "--sett", "Did you mean '--set'?"),
    Wrong("train digits --epochs 0", "--epochs 0", "a whole number of at least 1"),
    Wrong("train digits --epochs many", "--epochs many", "a whole number of at least 1"),
    Wrong("train digits --batch-size -4", "--batch-size -4", "a whole number of at least 1"),
    Wrong("train digits --seed -1", "--seed -1", "a whole number of at least 0"),
    Wrong("train digits --retry -1", "--retry -1", "a whole number of at least 0"),
    Wrong("train digits --every 0", "--every 0", "a number of at least 0.001"),
    Wrong("train digits --every 0,5", "--every 0,5", "Write 0.5, with a point."),
    # --- data ---
    Wrong("train digit", "'digit'", "Did you mean 'digits'?"),
    Wrong("train nowhere", "'nowhere', which does not exist", "an existing folder"),
    Wrong("train mnist", "'mnist'", "Write tfds:mnist, which downloads it. digits comes with kgan"),
    Wrong("train CIFAR-10", "'CIFAR-10'", "Write tfds:cifar10"),
    Wrong("train https://x.org/a.zip", "'https://x.org/a.zip', an address", "Download it first"),
    Wrong("train digits --recipe pix2pix", "'digits', which has none", "Pass a folder with a/ and b/, or another --re"),
    Wrong("train notes.txt", "notes.txt", "Expected a folder of images, a .zip, .npy or .npz file"),
    Wrong("train empty", "empty", "image"),
    Wrong("train digits --image-size 0", "--image-size 0", "of at least 1 pixel"),
    Wrong("train digits --set data.image_size=-3", "--set data.image_size=-3", "of at least 1 pixel"),
    Wrong("train digits --image-size 64x", "--image-size 64x", "width x height, 64x96"),
    Wrong("train digits --image-size big", "--image-size big", "width x height, 64x96"),
    Wrong("train photos --recipe stylegan2 --image-size 60x50", "--image-size 60x50", "Write --image-size 56x48 or"),
    Wrong("train photos --recipe pggan --set image_size=50", "--set image_size=50", "Write --image-size 48 or 56."),
    Wrong("train photos --image-size 99999", "99,999 x 99,999", "--image-size 64"),
    Wrong("train photos --set data.channels=99", "--set data.channels=99", "colour' (3) or none"),
    # --- the recipe and its settings ---
    Wrong("train digits --recipe dcgn", "--recipe dcgn", "Did you mean 'dcgan'?"),
    Wrong("train digits --recipe mine.toml", "mine.toml", "at which there is no file"),
    Wrong("train digits --recipe wrong.toml", "In wrong.toml", "Did you mean 'generator'?"),
    Wrong("train digits --set latent_dim", "--set latent_dim", "Write --set epochs=3"),
    Wrong("train digits --set =3", "--set =3", "Write --set epochs=3"),
    Wrong(  # as a shell leaves generator_optimizer={name=sgd,momentum=2} without quotes
        "train digits --set generator_optimizer=name=sgd --set=generator_optimizer=momentum=2 generator_optimizer=x",
        "generator_optimizer=x",
        "a table in quotes",
    ),
    Wrong("train digits --set seed=3", "--set seed=3", "Write --seed 3"),
    _refused("latent_dims=3", "--set latent_dims=3", "Did you mean 'latent_dim'?"),
    _refused("r1=3", "--set r1=3", "Did you mean 'r1_gamma'?"),
    _refused("Generator-Width=3", "--set Generator-Width=3", "Did you mean 'generator_width'?"),
    _refused("generator.wdth=8", "--set generator.wdth=8", "Did you mean 'generator.width'?"),
    _refused("learning_rate=-1", "learning_rate=-1", "above 0"),
    _refused("learning_rate=0", "learning_rate=0", "above 0"),
    _refused("learning_rate=inf", "learning_rate=inf", "above 0"),
    _refused("learning_rate=nan", "learning_rate=nan", "above 0"),
    _refused("learning_rate=fast", "learning_rate=fast", "such as {name = "),
    _refused("learning_rate=0,001", "--set learning_rate=0,001", "Write 0.001, with a point."),
    _refused("levels=black", "--set levels=black", "a list such as [0, 1] or none"),
    _refused("beta_1=1.5", "--set beta_1=1.5", "of at least 0 and below 1"),
    _refused("generator_optimizer={name=sgd,momentum=2}", "momentum=2", "of at least 0 and below 1"),
    _refused("generator_optimizer=adm", "--set generator_optimizer=adm", "Did you mean 'adam'?"),
    _refused("generator_width=-4", "--set generator_width=-4", "of at least 1"),
    _refused("latent_dim=0", "--set latent_dim=0", "of at least 1"),
    _refused("latents=normall", "--set latents=normall", "Did you mean 'normal'?"),
    _refused("r1_gamma=-1", "Received: --set r1_gamma=-1.", "of at least 0"),
    _refused("penalties.r3.gamma=1", "--set penalties.r3.gamma=1", "Did you mean 'penalties.r1' or 'penalties.r2'?"),
    _refused("style_mixing=0.5", "--set style_mixing=0.5", "Of kgan's recipes, stylegan2 has it."),
    Wrong("train digits --recipe stylegan2 --set style_mixing=2", "--set style_mixing=2", "style_mixing from 0 to 1"),
    _refused("pac=3", "the recipe's batches of 64", "Take --batch-size 63 or 66."),
    _refused("batch_size=0", "--set batch_size=0", "of at least 1"),
    _refused("discriminator_steps=0", "--set discriminator_steps=0", "of at least 1"),
    _refused("ema_half_life=-5", "--set ema_half_life=-5", "above 0"),
    _refused("conditional=yes", "--set conditional=yes", "true or false"),
    _refused("jit_compile=maybe", "--set jit_compile=maybe", "true, false or auto"),
    _refused("conditioning=prejection", "--set conditioning=prejection", "Did you mean 'projection'?"),
    _refused("data.validation_split=1.5", "--set data.validation_split=1.5", "of at least 0 and below 1"),
    _refused("loss=hing", "--set loss=hing", "Did you mean 'hinge'?"),
    _refused("augmentation=adda", "--set augmentation=adda", "Did you mean 'ada'?"),
    _refused("features=digit", "--set features=digit", "Did you mean 'digits'?"),
    # --- runs and bundles ---
    Wrong("train digits --out full", "full, which holds other files", "choose another --out"),
    Wrong("train digits --out notes.txt", "notes.txt, which is a file", "Choose another --out"),
    Wrong("train digits --init-from full", "--init-from full, which is no run of kgan", "as a run folder"),
    Wrong("train digits --strategy mirorred", "--strategy mirorred", "Did you mean 'mirrored'?"),
    Wrong("resume nowhere", "nowhere, which does not exist", "Runs here: pets-0001"),
    Wrong("resume empty", "empty, which is an empty folder. Runs here: pets-0001", "Expected a run folder"),
    Wrong("evaluate pets-0001", "pets-0001", "kgan resume pets-0001"),
    Wrong("evaluate pets-0001/checkpoints", "which holds checkpoints", "Pass the folder of its run, pets-0001"),
    Wrong("evaluate pets-0001/log.csv", "which is a file", "Pass the folder of its run, pets-0001"),
    Wrong("evaluate notes.txt", "notes.txt, which is a file", "Expected a run folder"),
    Wrong("evaluate pets-0001 --samples 3", "--samples 3", "a whole number of at least 10"),
    Wrong("compare pets-0001", "pets-0001 alone", "two different runs or more"),
    Wrong("compare", "RUN RUN", "For example: kgan compare runs/digits-0001 runs/digits-0002"),
    Wrong("compare pets-0001 photos", "photos, which is no run of kgan. Runs here: pets-0001", "Expected a run folder"),
    Wrong("export nowhere", "nowhere, which does not exist", "Expected a run folder"),
    Wrong("export pets-0001", "pets-0001", "kgan resume pets-0001"),
    Wrong("export pets-0001 --opset 99", "--opset 99", "a whole number from 13 to 18"),
    Wrong("sample pets-0001 --out grid.png", "pets-0001, which has none yet", "kgan resume pets-0001"),
    Wrong(
        "sample photos --out grid.png",
        "photos, which is no run of kgan. Runs here: pets-0001",
        "Expected an exported bundle",
    ),
    Wrong("sample notes.txt --out grid.png", "notes.txt, which is a file", "Expected an exported bundle"),
    Wrong("sample bundle", "Received: neither", "--out"),
    Wrong("apply empty photos --out drawn", "empty, which is an empty folder", "Expected an exported bundle"),
    Wrong("apply pets-0001 photos", "without it", "Expected --out with a value"),
    Wrong("recipes show dgits", "dgits", "Did you mean 'digits'?"),
    Wrong("recipes show photos", "photos, which is no run of kgan", "Expected the name of a recipe, a file that ends"),
    Wrong("recipes stylegan2", "stylegan2", "Write kgan recipes show stylegan2."),
    Wrong("evaluate pets-0001 --checkpoint best", "--checkpoint", "kgan export RUN --checkpoint chooses them"),
    Wrong("export pets-0001 --format tensorrt", "--format tensorrt", "Expected --format to be one of"),
    # --- latents ---
    Wrong("latents film pets-0001 --out a.gif", "film pets-0001", "Write kgan latents pets-0001 film."),
    Wrong("latents pets-0001 films --out a.gif", "films", "Did you mean 'film'?"),
    Wrong("latents nowhere film --out a.gif", "nowhere, which does not exist", "Runs here: pets-0001"),
    Wrong("latents notes.txt film --out a.gif", "notes.txt, which is a file", "Expected a run folder"),
    Wrong("latents pets-0001 project --out a", "Received: none", "Pass --picture FILE."),
    Wrong("latents pets-0001 project --picture no.png --out a", "--picture no.png", "which does not exist"),
    Wrong("latents pets-0001 sliders --directions no.json --out a.png", "--directions no.json", "which does not exist"),
    Wrong("latents pets-0001 film --picture notes.txt --out a.gif", "--picture", "Leave it out."),
    Wrong("recipes shw", "shw", "Did you mean 'show'?"),
    Wrong("augment-preview digits --out grid.png --policy colur", "--policy colur", "Did you mean 'color'?"),
)


def workplace(folder: Path) -> None:
    """Photos, a folder that is full, an empty one, notes, a broken recipe, and a run that has no checkpoint yet."""
    from kgan import run as runs

    for name in ("photos", "full", "empty"):
        (folder / name).mkdir(parents=True)
    draws = np.random.RandomState(0)
    for number in range(12):
        pixels = draws.randint(0, 256, (16, 16, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{number}.png")
    (folder / "full" / "mine").touch()
    (folder / "notes.txt").write_text("Milk, eggs.\n")
    (folder / "wrong.toml").write_text('base = "digits"\n\n[genrator]\nwidth = 8\n')
    plan = runs.Plan.make("digits", settings={"features": "pixels"})
    runs.Run.create(folder / "pets-0001", plan)
    (folder / "pets-0001" / "checkpoints").mkdir()
    (folder / "pets-0001" / "log.csv").write_text("")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder within, with what it holds."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def transcript() -> str:
    """All commands and what each prints, as in a terminal."""
    from commands import kgan

    with tempfile.TemporaryDirectory() as folder:
        workplace(Path(folder))
        os.chdir(folder)
        before = contents(Path(folder))
        parts = [f"The folder holds: {json.dumps(sorted(name for name in before if '/' not in name))}"]
        for wrong in WRONG:
            done = kgan(*wrong.typed.split())
            parts.append(f"$ kgan {wrong.typed}\n{done.out}{done.err}[exit {done.code}]")
        parts.append(f"The folder is the same as before: {contents(Path(folder)) == before}.")
        os.chdir("/")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.stdout.write(f"{transcript()}\n")

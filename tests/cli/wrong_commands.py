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
    Wrong("train digits photos", "photos", "put them into one"),
    Wrong("train digits --epochs", "--epochs alone", "with a value"),
    Wrong("train digits --strict=yes", "--strict with a value", "Expected --strict alone"),
    Wrong("train digits --learning-rate 0.001", "--learning-rate", "write --set learning_rate=VALUE"),
    Wrong("train digits --learningrate 0.001", "--learningrate", "write --set learning_rate=VALUE"),
    Wrong("train digits --lr 0.001", "--lr", "write --set learning_rate=VALUE"),
    Wrong("train digits --labels none", "--labels", "write --set data.labels=VALUE"),
    Wrong("train digits --size 64", "--size", "Did you mean '--image-size'?"),
    Wrong("train digits --gpus 2", "--gpus", "Did you mean '--strategy'?"),
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
    Wrong("train notes.txt", "notes.txt", "Expected a folder of images, a .zip, .npy or .npz file"),
    Wrong("train empty", "empty", "image"),
    Wrong("train digits --image-size 0", "--image-size 0", "of at least 1 pixel"),
    Wrong("train digits --set data.image_size=-3", "--set data.image_size=-3", "of at least 1 pixel"),
    Wrong("train digits --image-size 64x", "--image-size 64x", "width x height, 64x96"),
    Wrong("train digits --image-size big", "--image-size big", "width x height, 64x96"),
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
    _refused("latent_dims=3", "'latent_dims'", "Did you mean 'latent_dim'?"),
    _refused("r1=3", "'r1'", "Did you mean 'r1_gamma'?"),
    _refused("Generator-Width=3", "'Generator-Width'", "Did you mean 'generator_width'?"),
    _refused("generator.wdth=8", "generator.wdth", "Did you mean 'generator.width'?"),
    _refused("learning_rate=-1", "learning_rate=-1", "> 0"),
    _refused("learning_rate=0", "learning_rate=0", "> 0"),
    _refused("learning_rate=inf", "learning_rate=inf", "> 0"),
    _refused("learning_rate=nan", "learning_rate=nan", "> 0"),
    _refused("learning_rate=fast", "learning_rate=fast", "as a number or a schedule"),
    _refused("learning_rate=0,001", "--set learning_rate=0,001", "Write 0.001, with a point."),
    _refused("levels=black", "--set levels=black", "a list or none"),
    _refused("beta_1=1.5", "--set beta_1=1.5", "of at least 0 and below 1"),
    _refused("generator_optimizer={name=sgd,momentum=2}", "momentum=2", "of at least 0 and below 1"),
    _refused("generator_optimizer=adm", "--set generator_optimizer=adm", "Did you mean 'adam'?"),
    _refused("generator_width=-4", "--set generator_width=-4", ">= 1"),
    _refused("latent_dim=0", "--set latent_dim=0", ">= 1"),
    _refused("latents=normall", "--set latents=normall", "Did you mean 'normal'?"),
    _refused("r1_gamma=-1", "--set r1_gamma=-1", ">= 0"),
    _refused("penalties.r3.gamma=1", "penalties.r3", "Did you mean 'penalties.r2'?"),
    _refused("batch_size=0", "--set batch_size=0", ">= 1"),
    _refused("discriminator_steps=0", "--set discriminator_steps=0", ">= 1"),
    _refused("ema_half_life=-5", "--set ema_half_life=-5", "> 0"),
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
    Wrong("train digits --init-from full", "--init-from full, which has no config.json", "as a run folder"),
    Wrong("train digits --strategy mirorred", "--strategy mirorred", "Did you mean 'mirrored'?"),
    Wrong("resume nowhere", "nowhere, which does not exist", "Runs here: pets-0001"),
    Wrong("resume empty", "empty, which is an empty folder", "Expected a run folder"),
    Wrong("evaluate pets-0001", "pets-0001", "kgan resume pets-0001"),
    Wrong("evaluate pets-0001/checkpoints", "which holds checkpoints", "Pass the folder of its run, pets-0001"),
    Wrong("evaluate pets-0001/log.csv", "which is a file", "Pass the folder of its run, pets-0001"),
    Wrong("evaluate notes.txt", "notes.txt, which is a file", "Expected a run folder"),
    Wrong("evaluate pets-0001 --samples 3", "--samples 3", "a whole number of at least 10"),
    Wrong("compare pets-0001", "pets-0001 alone", "two different runs or more"),
    Wrong("compare", "RUN RUN", "For example: kgan compare runs/digits-0001 runs/digits-0002"),
    Wrong("compare pets-0001 photos", "photos, which has no config.json", "Expected a run folder"),
    Wrong("export nowhere", "nowhere, which does not exist", "Expected a run folder"),
    Wrong("export pets-0001", "pets-0001", "kgan resume pets-0001"),
    Wrong("export pets-0001 --opset 99", "--opset 99", "a whole number from 13 to 18"),
    Wrong("sample pets-0001 --out grid.png", "pets-0001, which has none yet", "kgan resume pets-0001"),
    Wrong("sample photos --out grid.png", "photos, which has no config.json", "Expected an exported bundle"),
    Wrong("sample notes.txt --out grid.png", "notes.txt, which is a file", "Expected an exported bundle"),
    Wrong("sample bundle", "Received: neither", "--out"),
    Wrong("apply empty photos --out drawn", "empty, which is an empty folder", "Expected an exported bundle"),
    Wrong("apply pets-0001 photos", "without it", "Expected --out with a value"),
    Wrong("recipes show dgits", "dgits", "Did you mean 'digits'?"),
    Wrong("recipes show photos", "photos", "Expected a run folder"),
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

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
    Wrong("trian digits", "trian", "No such command"),
    Wrong("train", "DATA", "Missing argument"),
    Wrong("train digits --epoch 3", "--epoch", "--epochs"),
    Wrong("train digits photos", "photos", "unexpected extra argument"),
    Wrong("train digits --epochs 0", "--epochs", "greater than or equal to 1"),
    Wrong("train digits --epochs many", "--epochs", "integer"),
    Wrong("train digits --batch-size -4", "--batch-size", "greater than or equal to 1"),
    Wrong("train digits --seed -1", "--seed", "greater than or equal to 0"),
    Wrong("train digits --retry -1", "--retry", "greater than or equal to 0"),
    Wrong("train digits --every 0", "--every", "greater than or equal to 0.001"),
    # --- data ---
    Wrong("train digit", "'digit'", "Did you mean 'digits'?"),
    Wrong("train nowhere", "'nowhere', which does not exist", "an existing folder"),
    Wrong("train notes.txt", "notes.txt", "Expected a folder of images, a .zip, .npy or .npz file"),
    Wrong("train empty", "empty", "image"),
    Wrong("train digits --image-size 0", "--image-size 0", "as 64 or 64x96"),
    Wrong("train digits --set data.image_size=-3", "--image-size -3", "as 64 or 64x96"),
    Wrong("train digits --image-size 64x", "--image-size '64x'", "width x height, 64x96"),
    Wrong("train digits --image-size big", "--image-size 'big'", "width x height, 64x96"),
    Wrong("train photos --image-size 99999", "99,999 x 99,999", "--image-size 64"),
    Wrong("train photos --set data.channels=99", "99", "channels"),
    # --- the recipe and its settings ---
    Wrong("train digits --recipe dcgn", "'dcgn'", "Did you mean 'dcgan'?"),
    Wrong("train digits --recipe mine.toml", "mine.toml", "at which there is no file"),
    Wrong("train digits --recipe wrong.toml", "genrator", "Did you mean 'generator'?"),
    Wrong("train digits --set latent_dim", "--set latent_dim", "Write --set epochs=3"),
    Wrong("train digits --set =3", "--set =3", "Write --set epochs=3"),
    Wrong("train digits --set seed=3", "--set seed=3", "Write --seed"),
    _refused("latent_dims=3", "'latent_dims'", "Did you mean 'latent_dim'?"),
    _refused("Generator-Width=3", "'Generator-Width'", "Did you mean 'generator_width'?"),
    _refused("generator.wdth=8", "generator.wdth", "Did you mean 'generator.width'?"),
    _refused("learning_rate=-1", "learning_rate=-1", "> 0"),
    _refused("learning_rate=0", "learning_rate=0", "> 0"),
    _refused("learning_rate=inf", "learning_rate=inf", "> 0"),
    _refused("learning_rate=nan", "learning_rate=nan", "> 0"),
    _refused("learning_rate=fast", "learning_rate='fast'", "as a number or a schedule"),
    _refused("beta_1=1.5", "beta_1=1.5", "in [0, 1)"),
    _refused("generator_optimizer={name=sgd,momentum=2}", "momentum=2", "in [0, 1)"),
    _refused("generator_optimizer=adm", "generator_optimizer='adm'", "Did you mean 'adam'?"),
    _refused("generator_width=-4", "generator.width=-4", ">= 1"),
    _refused("latent_dim=0", "generator.latent_dim=0", ">= 1"),
    _refused("latents=normall", "model.latents='normall'", "Did you mean 'normal'?"),
    _refused("r1_gamma=-1", "penalties.r1.gamma=-1.0", ">= 0"),
    _refused("penalties.r3.gamma=1", "penalties.r3", "Did you mean 'penalties.r2'?"),
    _refused("batch_size=0", "--batch-size 0", ">= 1"),
    _refused("discriminator_steps=0", "discriminator_steps=0", ">= 1"),
    _refused("ema_half_life=-5", "model.ema_half_life=-5.0", "> 0"),
    _refused("conditional=yes", "model.conditional='yes'", "true or false"),
    _refused("jit_compile=maybe", "jit_compile='maybe'", "true, false or auto"),
    _refused("conditioning=prejection", "'prejection'", "Did you mean 'projection'?"),
    _refused("data.validation_split=1.5", "--validation-split 1.5", "in [0, 1)"),
    _refused("loss=hing", "loss='hing'", "Did you mean 'hinge'?"),
    _refused("augmentation=adda", "augmentation='adda'", "Did you mean 'ada'?"),
    _refused("features=digit", "features='digit'", "Did you mean 'digits'?"),
    # --- runs and bundles ---
    Wrong("train digits --out full", "full, which holds other files", "choose another --out"),
    Wrong("train digits --out notes.txt", "notes.txt, which is a file", "Choose another --out"),
    Wrong("train digits --init-from full", "full, which has no config.json", "Expected a run folder"),
    Wrong("train digits --strategy mirorred", "'mirorred'", "Did you mean 'mirrored'?"),
    Wrong("resume nowhere", "nowhere, which does not exist", "Runs in .: begun"),
    Wrong("resume empty", "empty, which is empty", "Expected a run folder"),
    Wrong("evaluate begun", "begun", "kgan resume begun"),
    Wrong("evaluate begun/checkpoints", "which holds checkpoints", "Its run is begun"),
    Wrong("evaluate begun/log.csv", "which is a file", "Its run is begun"),
    Wrong("evaluate notes.txt", "notes.txt, which is a file", "Expected a run folder"),
    Wrong("evaluate begun --samples 3", "--samples", "greater than or equal to 10"),
    Wrong("compare begun", "begun", "two"),
    Wrong("compare begun photos", "photos, which has no config.json", "Expected a run folder"),
    Wrong("export nowhere", "nowhere, which does not exist", "Expected a run folder"),
    Wrong("export begun", "begun", "kgan resume begun"),
    Wrong("export begun --opset 99", "--opset", "less than or equal to 18"),
    Wrong("sample begun --out grid.png", "begun, which has none yet", "kgan resume begun"),
    Wrong("sample photos --out grid.png", "photos, which has no config.json", "Expected an exported bundle"),
    Wrong("sample notes.txt --out grid.png", "notes.txt, which is a file", "Expected an exported bundle"),
    Wrong("sample bundle", "Received: neither", "--out"),
    Wrong("apply empty photos --out drawn", "empty, which is empty", "Expected an exported bundle"),
    Wrong("apply begun photos", "--out", "Missing option"),
    Wrong("recipes show dgits", "'dgits'", "Did you mean 'digits'?"),
    Wrong("recipes show photos", "photos", "recipe"),
    Wrong("augment-preview digits --out grid.png --policy colur", "colur", "Did you mean 'color'?"),
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
    runs.Run.create(folder / "begun", plan)
    (folder / "begun" / "checkpoints").mkdir()
    (folder / "begun" / "log.csv").write_text("")


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

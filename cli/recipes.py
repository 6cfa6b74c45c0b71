"""The commands about recipes: `recipes`, `recipes show`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import output, quiet
from kgan_cli.app import Application, app

__all__ = ["listed", "show"]

group = Application(help="List recipes, or show one: every setting of it, and where each comes from.")
app.add_typer(group, name="recipes")


@group.callback(invoke_without_command=True, epilog="Examples: kgan recipes | kgan recipes show digits > mine.toml")
def listed(context: typer.Context) -> None:
    """List recipes; `kgan recipes show NAME` shows one."""
    if context.invoked_subcommand is not None:
        return
    quiet.import_quietly()
    from kgan import recipes

    width = max(map(len, recipes.RECIPES))
    for name, recipe in recipes.RECIPES.items():
        output.say(f"{name.ljust(width)}  {recipe.kind.ljust(11)}  {recipe.source}")


@group.command(
    epilog="Examples: kgan recipes show digits | kgan recipes show runs/digits-0001 > mine.toml, "
    "then kgan train digits --recipe mine.toml"
)
def show(
    recipe: Annotated[str, typer.Argument(metavar="NAME|FILE.toml|RUN", help="A recipe, its file, or a run folder.")],
) -> None:
    """Print all of a recipe as the file that --recipe takes."""
    from kgan import recipes
    from kgan import run as runs

    if not (Path(recipe) / "config.json").is_file():
        output.say(recipes.get(recipe).to_toml().rstrip())
        return
    plan = runs.Run(recipe).plan
    source = shlex.quote(" ".join(plan.source.splitlines()))
    output.say(f"# kgan train {source} --recipe {Path(recipe).absolute().name}.toml --seed {plan.seed}")
    output.say(plan.recipe.to_toml().rstrip())

"""The commands about recipes: `recipes`, `recipes show`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import output, quiet
from kgan_cli.app import Application, app

__all__ = ["listed", "show"]

group = Application(help="List recipes, or show every setting of one.")
app.add_typer(group, name="recipes")


@group.callback(invoke_without_command=True, epilog="Examples: kgan recipes | kgan recipes show digits > mine.toml")
def listed(context: typer.Context) -> None:
    """List recipes, or show every setting of one.

    kgan recipes show NAME prints every setting with its value, its meaning and its source.
    """
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
    """Print every setting of a recipe with its value, its meaning and its source.

    What is printed is a file that --recipe takes.
    """
    from kgan import recipes
    from kgan import run as runs
    from kgan.data import two_places
    from kgan.run.mistaken import what_it_is

    is_run = (Path(recipe) / "config.json").is_file()
    if not is_run and Path(recipe).exists() and recipe not in recipes.RECIPES and not recipe.endswith(".toml"):
        raise ValueError(
            f"Expected the name of a recipe, a file that ends in .toml, or a run folder. Received: {recipe}, "
            f"{what_it_is(Path(recipe))}"
        )
    if recipe in recipes.RECIPES or not is_run:
        output.say(recipes.get(recipe).to_toml(explained=True).rstrip())
        return
    plan = runs.Run(recipe).plan
    source = shlex.join(" ".join(one.splitlines()) for one in two_places.parts(plan.source))
    output.say(f"# kgan train {source} --recipe {Path(recipe).absolute().name}.toml --seed {plan.seed}")
    output.say(plan.recipe.to_toml(explained=True).rstrip())

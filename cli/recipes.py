"""The commands about recipes: `recipes`, `recipes show`."""

from pathlib import Path
from typing import Annotated

import typer

from kgan_cli.app import app

__all__ = ["listed", "show"]

group = typer.Typer(help="List recipes, or show one: every setting of it, and where each comes from.")
app.add_typer(group, name="recipes")


@group.callback(invoke_without_command=True, epilog="Examples: kgan recipes | kgan recipes show digits > mine.toml")
def listed(context: typer.Context) -> None:
    """List recipes; `kgan recipes show NAME` shows one."""
    if context.invoked_subcommand is not None:
        return
    from kgan import recipes

    width = max(map(len, recipes.RECIPES))
    for name, recipe in recipes.RECIPES.items():
        typer.echo(f"{name.ljust(width)}  {recipe.kind.ljust(11)}  {recipe.source}")


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

    is_run = (Path(recipe) / "config.json").is_file()
    typer.echo((runs.Run(recipe).plan.recipe if is_run else recipes.get(recipe)).to_toml(), nl=False)

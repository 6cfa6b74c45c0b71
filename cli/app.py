"""The application that the commands are added to, and the entry point `main`."""

import importlib.metadata
import os
import sys
from typing import Annotated

import typer

__all__ = ["app", "main"]

app = typer.Typer(
    name="kgan",
    help="Train a GAN, look at it, and ship its generator as ONNX.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kgan {importlib.metadata.version('kgan')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line; what the user can mend is told in one line, without a traceback."""
    try:
        app(prog_name="kgan")
    except (ValueError, ArithmeticError, OSError) as error:
        if os.environ.get("KGAN_TRACEBACK"):
            raise
        typer.echo(f"error: {error}", err=True)
        typer.echo("(KGAN_TRACEBACK=1 shows where.)", err=True)
        sys.exit(2)

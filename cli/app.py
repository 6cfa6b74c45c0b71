"""The application that the commands are added to, and the entry point `main`."""

import importlib.metadata
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from kgan_cli import output, quiet, spelling

__all__ = ["Application", "Command", "app", "main"]

INTERRUPTED = 130  # the shell's status for a command that Ctrl-C ended
_TOLD = (ValueError, ArithmeticError, OSError, ImportError)  # what the user can mend


def _tell(error: Exception, options: Sequence[Any] = ()) -> None:
    """Says in a line what went wrong, in the words of the command line.

    Raises:
        Exception: the error itself, if the user asked for tracebacks.
    """
    if os.environ.get("KGAN_TRACEBACK"):
        raise error
    output.say(f"error: {spelling.as_typed(str(error), options)}", error=True)
    output.say("(KGAN_TRACEBACK=1 shows where.)", error=True)


class Command(TyperCommand):
    """A command that imports TensorFlow without its log lines, once its arguments are understood."""

    def invoke(self, ctx: Any) -> Any:
        quiet.import_quietly()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            output.say("Interrupted.", error=True)
            raise typer.Exit(INTERRUPTED) from None
        except _TOLD as error:
            _tell(error, ctx.command.params)
            raise typer.Exit(2) from error


class Application(typer.Typer):
    """Whose commands are `Command`s."""

    def command(self, name: str | None = None, **how: Any) -> Any:
        return super().command(name, cls=Command, **how)


app = Application(
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


@app.callback(
    epilog="TensorFlow's log lines are silenced: KGAN_TENSORFLOW_LOG=1 or TF_CPP_MIN_LOG_LEVEL=0 shows them. "
    "KGAN_TRACEBACK=1 shows where an error came from."
)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line; what the user can mend is told in one line, without a traceback."""
    with output.lasting():
        try:
            app(prog_name="kgan")
        except SystemExit as ended:
            sys.exit(ended.code or output.status())
        except _TOLD as error:
            _tell(error)
            sys.exit(2)

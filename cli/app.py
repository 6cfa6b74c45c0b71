"""The application that the commands are added to, and the entry point `main`."""

import importlib.metadata
import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from kgan_cli import early, light, output, quiet, spelling, usage

__all__ = ["Application", "Command", "app", "main"]

INTERRUPTED = 130  # the shell's status for a command that Ctrl-C ended
_TOLD = (ValueError, ArithmeticError, OSError, ImportError)  # what the user can mend


def _tell(error: Exception, context: Any = None) -> None:
    """Says in a line what went wrong, in the words of the command line.

    Raises:
        Exception: the error itself, if the user asked for tracebacks.
    """
    if os.environ.get("KGAN_TRACEBACK"):
        raise error
    options, typed = ((), {}) if context is None else (context.command.params, context.params)
    said = spelling.as_typed(str(error), options, typed)
    output.say(f"error: {said}", error=True)
    if "Expected " not in said:  # kgan's own sentences say what to do; whoever reads another's may want more
        output.say("(KGAN_TRACEBACK=1 shows where.)", error=True)


class Command(TyperCommand):
    """A command that imports TensorFlow without its log lines, where it takes it, once its arguments are understood."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[usage.TYPED] = list(args)
        try:
            return super().parse_args(ctx, args)
        except usage.UsageError as error:
            error.ctx = error.ctx or ctx  # of an option without its value nobody notes it
            raise

    def invoke(self, ctx: Any) -> Any:
        try:
            early.check(ctx.info_name, ctx.params)
            if ctx.info_name not in light.COMMANDS:
                quiet.import_quietly()
            return super().invoke(ctx)
        except KeyboardInterrupt:
            output.say("Interrupted.", error=True)
            raise typer.Exit(INTERRUPTED) from None
        except _TOLD as error:
            _tell(error, ctx)
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
    context_settings={"help_option_names": ["-h", "--help"]},
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
            sys.exit(app(prog_name="kgan", standalone_mode=False) or output.status())
        except usage.UsageError as error:
            _refuse(error)
        except typer.Abort:  # Ctrl-C where older versions of typer read the arguments
            sys.exit(INTERRUPTED)
        except _TOLD as error:
            _tell(error)
            sys.exit(2)


def _refuse(error: Any) -> NoReturn:
    """Ends the process after an error of usage; without any word, `kgan` shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        output.say(f"error: {usage.told(error)}", error=True)
    sys.exit(error.exit_code)

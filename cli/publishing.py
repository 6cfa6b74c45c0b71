"""The commands for a bundle's way to others: `verify` proves it again on any machine, `push` publishes it."""

from typing import Annotated

import typer

from kgan_cli import light, output, quiet
from kgan_cli.app import app
from kgan_cli.options import Bundle

__all__ = ["push", "verify"]


@app.command(epilog="Examples: kgan verify runs/digits-0001 | kgan verify downloaded/ --atol 1e-3")
def verify(
    bundle: Bundle,
    atol: Annotated[
        float | None,
        typer.Option(
            metavar="DIFFERENCE",
            help="Let artefacts differ from Keras by so much. Without it the tolerance that the card states counts.",
        ),
    ] = None,
    saved_model: Annotated[
        bool,
        typer.Option(
            "--saved-model", help="Run the SavedModel, too, of a bundle that you trust: to TensorFlow it is a program."
        ),
    ] = False,
) -> None:
    """Check a bundle's card and files, and hold its networks against Keras's numbers."""
    folder = light.bundle_of(bundle)
    with quiet.hushed():
        found = light.part("portable.verification").verify(folder, atol=atol, saved_model=saved_model)
    for line in found.lines():
        output.say(line)
    output.say(found.conclusion)


@app.command(
    epilog="Examples: kgan push runs/digits-0001 user/digits --licence cc-by-4.0 | kgan push mine/ user/name --public"
)
def push(
    bundle: Bundle,
    repository: Annotated[str, typer.Argument(metavar="USER/NAME", help="The model repository, made if need be.")],
    private: Annotated[
        bool, typer.Option("--private/--public", help="Let nobody else see a repository that is made, or everybody.")
    ] = True,
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence",
            "--license",
            metavar="NAME",
            help="State this licence of the weights, by the Hub's name for it: cc-by-4.0, apache-2.0, other.",
        ),
    ] = None,
) -> None:
    """Verify a bundle and upload it to the Hugging Face Hub."""
    folder = light.bundle_of(bundle)
    with quiet.hushed():
        address = light.part("hub").push(folder, repository, private=private, licence=licence)
    output.say(f"Verified and uploaded {folder}: {address}")

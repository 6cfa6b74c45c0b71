"""The command that proves a bundle again on any machine: `verify`."""

from typing import Annotated

import typer

from kgan_cli import light, output
from kgan_cli.app import app
from kgan_cli.options import Bundle

__all__ = ["verify"]


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
) -> None:
    """Check a bundle's card and files, and hold it against Keras's numbers, without TensorFlow."""
    folder = light.bundle_of(bundle)
    found = light.part("verification").verify(folder, atol=atol)
    for line in found.lines():
        output.say(line)
    output.say(f"Verified: {folder}")

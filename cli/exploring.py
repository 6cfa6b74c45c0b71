"""The command that opens a generator in the browser: `explore`."""

from pathlib import Path
from typing import Annotated

import typer

from kgan_cli import light, output
from kgan_cli.app import app
from kgan_cli.options import Bundle, Direction

__all__ = ["explore"]


@app.command(
    epilog="Examples: kgan explore runs/digits-0001 | kgan explore runs/digits-0001/export --out public/digits | "
    "kgan explore runs/digits-0001 --directions sliders.json"
)
def explore(
    bundle: Bundle,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write the page into this folder, for any static host, and serve nothing."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve on this port. Without it, one that is free is taken.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    title: Annotated[
        str | None, typer.Option(help="Call the page so. Without it, it has the name of the run or bundle.")
    ] = None,
    direction: Direction = None,
    directions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take sliders from this file, as kgan latents RUN sliders --save FILE writes it, in place of those in "
            "the bundle.",
        ),
    ] = None,
) -> None:
    """Open a page that runs a bundle in the browser: a seed, sliders, classes; pictures, films or sound to drop."""
    folder, server = light.part("explorer.folder"), light.part("explorer.server")
    what = {"title": title, "directions": directions}
    path = light.part("directions").of_direction(light.bundle_of(bundle), direction)
    if out is None:
        server.serve(path, port=port or 0, browser=browser, say=output.say, **what)
        return
    if port is not None:
        raise ValueError(f"Expected no port where the page is written. Received: port={port}. Leave one of them out.")
    written = folder.write(path, out, **what)
    output.say(f"The page is in {written}. Put the folder on any web server, or try it: python -m http.server -d {out}")

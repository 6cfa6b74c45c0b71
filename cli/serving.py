"""The command that answers for a bundle over HTTP: `serve`."""

from typing import Annotated

import typer

from kgan_cli import light, output
from kgan_cli.app import app
from kgan_cli.options import Bundle, Direction

__all__ = ["serve"]

MEBIBYTE = 2**20


@app.command(
    epilog="Examples: kgan serve runs/digits-0001 | kgan serve runs/digits-0001/export --port 9000 --count 64. "
    "Then: curl -H 'Content-Type: application/json' -d '{\"count\": 16}' http://127.0.0.1:8000/generate -o grid.png"
)
def serve(
    bundle: Bundle,
    host: Annotated[
        str,
        typer.Option(
            help="Listen at this address. 127.0.0.1 is this machine alone; 0.0.0.0 lets in whoever reaches it over "
            "its networks, without a password."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Listen at this port; 0 takes one that is free.")] = 8000,
    count: Annotated[int, typer.Option(min=1, max=100_000, help="Let one request draw so many samples at most.")] = 256,
    body: Annotated[
        int, typer.Option(min=1, max=1024, metavar="MIB", help="Let one request send so many mebibytes at most.")
    ] = 8,
    pixels: Annotated[
        int,
        typer.Option(
            min=1,
            max=89_478_485,
            help="Let one request have so many pixels at most: of its samples together; of a picture or a film and of "
            "what is made of it; a sample of a wave counts as four.",
        ),
    ] = 2**22,
    queue: Annotated[
        int,
        typer.Option(
            min=1, max=4096, help="Let so many requests wait or be at work; the next one is told to come again."
        ),
    ] = 64,
    timeout: Annotated[
        int,
        typer.Option(
            min=1, max=3600, metavar="SECONDS", help="Give a request so long to be sent, and its answer to be taken."
        ),
    ] = 60,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Compute with so many threads. Without it they are as many as are fastest."),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(help="Compute with this provider of onnxruntime, where it offers it: cpu, cuda, directml, ..."),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Answer requests that ask for this name, gan.example.org; may be given again. Without it, 127.0.0.1 "
            "answers to the names of this machine alone, and other addresses answer to any.",
        ),
    ] = None,
    direction: Direction = None,
    explore: Annotated[
        bool, typer.Option("--explore", help="Show the page of kgan explore, too, at /explore/; visitors compute it.")
    ] = False,
) -> None:
    """Answer for a bundle over HTTP: samples of a generator, or what a network makes of pictures, films or waves."""
    server = light.part("serve")
    limits = server.Limits(count=count, body=body * MEBIBYTE, pixels=pixels, queue=queue, timeout=timeout)
    path = light.part("directions").of_direction(light.bundle_of(bundle), direction)
    mounts = {"/explore": light.part("explorer.folder").contents(path)} if explore else None
    server.run(path, host, port, limits, threads, provider, mounts, output.say, allowed_host or ())

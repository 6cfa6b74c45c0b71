"""The command that looks at latents: `latents`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgan_cli import light, output, quiet
from kgan_cli.app import app

if TYPE_CHECKING:
    from kgan.models.gan import GAN

__all__ = ["latents"]


@app.command(
    epilog="Examples: kgan latents runs/digits-0001 film --seed 1 --out film.gif | "
    "kgan latents runs/digits-0001 sliders --names thick,slanted --save sliders.json --out sliders.png | "
    "kgan latents runs/digits-0001 project --picture seven.png --out projected/"
)
def latents(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="The run folder; for film, truncation and sliders also RUN/export."),
    ],
    what: Annotated[
        str,
        typer.Argument(
            metavar="film|truncation|sliders|mixing|project",
            help="A film of samples that turn into others; samples drawn towards the mean; directions found in the "
            "weights (SeFa); styles of a StyleGAN mixed; the latents of a picture.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Write the film (.gif), the picture (.png), or, of project, a folder of files here.")
    ],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Draw from this seed: the same one gives the same pictures.")
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Draw these classes, by name or number: Flags,People.")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="So many walks in a film, rows of truncation or mixing, or sliders.")
    ] = None,
    keys: Annotated[int | None, typer.Option(min=2, help="Samples that each walk of a film passes.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Frames from one sample of a film to the next; steps of project.")
    ] = None,
    truncation_psi: Annotated[
        float | None, typer.Option(min=0.0, max=2.0, help="Draw more typical samples by a value below 1.")
    ] = None,
    directions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take sliders from this file, which --save wrote.")
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(help="Name the first sliders, from the left: thick,slanted; --count has them all."),
    ] = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the sliders into this file.")] = None,
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Find the latents of this picture.")] = None,
    space: Annotated[
        str | None,
        typer.Option(metavar="z|w", help="Go through this space. It is w for a StyleGAN without it, else z."),
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option(metavar="best|last|STEP", help="Take these weights of the run.")
    ] = None,
) -> None:
    """Look at latents: films, sliders, mixing, projection."""
    given = {"count": count, "keys": keys, "steps": steps, "truncation_psi": truncation_psi, "directions": directions}
    given |= {"names": names, "save": save, "picture": picture, "space": space, "checkpoint": checkpoint}
    given = {name: value for name, value in given.items() if value is not None}
    seed = light.part("portable.latent_draws").chosen_seed() if seed is None else seed
    if (run / "config.json").is_file():
        quiet.import_quietly()
        gan = _model(run, given.pop("checkpoint", None), what)
        said = _TASKS[what](gan, out, seed, labels, **given)
    else:
        said = light.part("portable.latents").run(light.bundle_of(run), what, out, seed, labels, **given)
    output.say(said)


def _model(run: Path, checkpoint: str | None, what: str) -> "GAN":
    from kgan import architectures
    from kgan import run as runs

    opened = runs.Run(run)
    chosen = opened.chosen(checkpoint)
    model = runs.loaded(chosen.checkpoint)
    if not hasattr(model, "latents"):
        raise ValueError(
            f"Expected a run whose samples come from latents. Received: {run}, which makes them from pictures. "
            f"kgan apply runs it on some."
        )
    if what == "mixing" and architectures.StyleParts.found_in(model.inference_generator) is None:
        raise ValueError(
            f"Expected a run of a StyleGAN for mixing, as --recipe stylegan2 trains it. Received: {run}, of recipe "
            f"{opened.plan.recipe.name}, whose generator has no styles to mix. film, sliders, truncation and project "
            f"work with it."
        )
    output.say(f"With {chosen}.")
    return model


def _chosen(gan: "GAN", labels: str | None) -> Any:
    """Labels as `gan.generate` takes them, one or several."""
    from kgan.export.portable.sampler import parse_labels

    if labels is None:
        return None
    found = parse_labels(labels, gan.class_names, joined=gan.num_tags is not None)
    if gan.num_tags is None:
        return found[0] if len(found) == 1 else found
    import numpy as np

    for one in found:
        if max(np.atleast_1d(one)) >= gan.num_tags:
            raise ValueError(f"Expected tags between 0 and {gan.num_tags - 1}. Received: --labels {labels}.")
    return np.stack([np.isin(np.arange(gan.num_tags), one).astype("float32") for one in found])


def _for_all(gan: "GAN", labels: str | None, what: str) -> Any:
    """A class, or one row of tags `(tags,)`, that all samples of a task have.

    Raises:
        ValueError: if there are several.
    """
    import numpy as np

    chosen = _chosen(gan, labels)
    one_of = 0 if gan.num_tags is None else 1  # axes of what one sample has
    if chosen is None or np.ndim(chosen) == one_of:
        return chosen
    if len(chosen) > 1 and gan.num_tags is None:
        raise ValueError(f"Expected one class for {what}. Received: --labels {labels}. Name one of them.")
    if len(chosen) > 1:
        raise ValueError(
            f"Expected the tags of one sample for {what}. Received: --labels {labels}. "
            f"Join them by +, as --labels {labels.replace(',', '+') if labels else ''}, or name one."
        )
    return chosen[0]


def _over(labels: Any, count: int) -> Any:
    """Several labels over and over."""
    import numpy as np

    return labels if labels is None or np.ndim(labels) == 0 else np.resize(labels, (count, *np.shape(labels)[1:]))


def _drawn(picture: Any, out: Path) -> None:
    from kgan import pictures

    out.parent.mkdir(parents=True, exist_ok=True)
    pictures.save(picture, out)


def _film(gan: "GAN", out: Path, seed: int, labels: str | None, count: int = 9, **given: Any) -> str:
    from kgan import latent_tools

    frames = latent_tools.walk(gan, count=count, seed=seed, labels=_over(_chosen(gan, labels), count), **given)
    latent_tools.save_film(frames, out)
    return f"{len(frames)} frames of seed {seed} in {out}"


def _truncation(gan: "GAN", out: Path, seed: int, labels: str | None, count: int = 8, **given: Any) -> str:
    from kgan import latent_tools

    grid = latent_tools.truncation_grid(gan, count, seed=seed, labels=_over(_chosen(gan, labels), count), **given)
    _drawn(grid, out)
    return f"Truncation of samples of seed {seed} in {out}"


def _sliders(
    gan: "GAN",
    out: Path,
    seed: int,
    labels: str | None,
    count: int = 5,
    directions: Path | None = None,
    names: str | None = None,
    save: Path | None = None,
) -> str:
    from kgan import latent_tools

    found = latent_tools.sefa(gan, count) if directions is None else latent_tools.Directions.load(directions)
    if names is not None:
        found = found.renamed([name.strip() for name in names.split(",")])
    chosen = _for_all(gan, labels, "sliders")
    _drawn(latent_tools.slider_grid(gan, found, seed=seed, labels=chosen), out)
    if save is not None:
        found.save(save)
    written = "" if save is None else f"; the sliders in {save}"
    return f"{', '.join(found.names)} from -3 to 3, of a sample of seed {seed}, in {out}{written}"


def _mixing(gan: "GAN", out: Path, seed: int, labels: str | None, count: int = 4, **given: Any) -> str:
    from kgan import latent_tools

    grid = latent_tools.mixing_grid(gan, rows=count, seed=seed, labels=_for_all(gan, labels, "mixing"), **given)
    _drawn(grid, out)
    return f"Styles of rows, with those of columns at some places, of seed {seed}, in {out}"


def _project(
    gan: "GAN", out: Path, seed: int, labels: str | None, picture: Path, steps: int = 300, **given: Any
) -> str:
    from kgan import latent_tools

    chosen = _for_all(gan, labels, "project")
    target = latent_tools.picture_for(gan, picture)
    found = latent_tools.project(gan, target, steps, seed=seed, labels=chosen, **given)
    found.save(out)
    gone = f"From a distance of {found.losses[0]:.3g} to {found.losses.min():.3g}"
    return f"{gone}, from starts of seed {seed}: {out / 'projection.png'}, point.npy, losses.csv"


_TASKS: dict[str, Callable[..., str]] = {
    "film": _film,
    "truncation": _truncation,
    "sliders": _sliders,
    "mixing": _mixing,
    "project": _project,
}

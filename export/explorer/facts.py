"""What the page is told of a network: its inputs, the range of its pixels, names of classes, sliders."""

from collections.abc import Mapping
from typing import Any

from ..portable.applier import Applier
from ..portable.bundle_file import BundleError
from ..portable.exported_generator import Sampler
from ..portable.film import Predictor
from ..portable.latents import of_images
from ..portable.vocode import Vocoder

__all__ = ["of_applier", "of_predictor", "of_sampler", "of_vocoder", "style_size"]

FORM = 1  # of facts.json; the page refuses another
_DRAWN = ("normal", "uniform", "truncated_normal", "coded")


def style_size(sampler: Sampler) -> int | None:
    """The size of w, where the network takes something to add to it; `None` where it does not."""
    inputs = {one.name: one.shape for one in sampler.session.get_overridable_initializers()}
    return inputs["style_offset"][1] if "style_offset" in inputs else None


def of_sampler(
    sampler: Sampler, title: str, directions: Mapping[str, Any] | None = None, layout: str = "nhwc"
) -> dict[str, Any]:
    """Facts of a generator of pictures from latents.

    Args:
        sampler: The generator.
        title: What the page is called.
        directions: Sliders, `{name: vector}`, in w where the network takes an offset of styles, else in z; `None` for
            those of the export.
        layout: Of what the file gives, `"nhwc"` or `"nchw"`.

    Raises:
        BundleError: if its samples are no pictures, if the browser cannot draw its latents, or if directions are of
            another size.
    """
    of_images(sampler)
    if sampler.latent_distribution not in _DRAWN:
        raise BundleError(
            f"Expected latents from one of: {', '.join(_DRAWN)}, which the page draws. Received: "
            f"{sampler.latent_distribution!r}, of your own. Draw samples in Python, with Sampler.of_latents(latents)."
        )
    of_styles = style_size(sampler)
    directions = (sampler.directions or {}) if directions is None else directions
    due, what = (sampler.latent_dim, "the latents") if of_styles is None else (of_styles, "w")
    for name, vector in directions.items():
        if len(vector) != due:
            raise BundleError(f"Expected directions of size {due}, as {what}. Received: {name} of {len(vector)}.")
    classes, tags = sampler.num_classes, sampler.num_tags
    return {
        "form": FORM,
        "kind": "generator",
        "title": title,
        "latents": {
            "distribution": sampler.latent_distribution,
            "size": sampler.latent_dim,
            "options": sampler.latent_arguments,
        },
        "output": sampler.output,
        "shape": list(sampler.sample_shape),
        "range": list(sampler.value_range),
        "layout": layout,
        "classes": None if classes is None else _names(sampler.class_names, classes),
        "tags": None if tags is None else _names(sampler.class_names, tags),
        "named": sampler.class_names is not None,
        "truncation": "styles" if sampler.truncates_styles else "latents",
        "styleSize": of_styles,
        "directions": [
            {"name": name, "vector": [float(number) for number in vector]} for name, vector in directions.items()
        ],
    }


def of_applier(applier: Applier, title: str, layout: str = "nhwc", pixels: str = "float32") -> dict[str, Any]:
    """Facts of a network from pictures to pictures.

    Args:
        applier: The network.
        title: What the page is called.
        layout: Of what the file takes and gives, `"nhwc"` or `"nchw"`.
        pixels: The same: `"float32"` or `"uint8"`.
    """
    return {
        "form": FORM,
        "kind": "translator",
        "title": title,
        "input": applier.input,
        "output": applier.output,
        "inputShape": list(applier.input_shape),
        "shape": list(applier.sample_shape),
        "scale": applier.scale,
        "multiple": applier.multiple,
        "inputRange": list(applier.input_range),
        "range": list(applier.value_range),
        "layout": layout,
        "pixels": pixels,
        "keepsForm": applier.keeps_form,
    }


def of_predictor(predictor: Predictor, title: str) -> dict[str, Any]:
    """Facts of a network that continues films.

    Args:
        predictor: The network.
        title: What the page is called.
    """
    return {
        "form": FORM,
        "kind": "film",
        "title": title,
        "input": predictor.input,
        "output": predictor.output,
        "inputShape": list(predictor.input_shape),
        "shape": list(predictor.sample_shape),
        "inputRange": list(predictor.input_range),
        "range": list(predictor.value_range),
        "layout": "nhwc",
    }


def of_vocoder(vocoder: Vocoder, title: str) -> dict[str, Any]:
    """Facts of a network from spectrograms to waves.

    Args:
        vocoder: The network.
        title: What the page is called.
    """
    return {
        "form": FORM,
        "kind": "sound",
        "title": title,
        "input": vocoder.input,
        "output": vocoder.output,
        "spectrogram": dict(vocoder.form),
        "layout": "nhwc",
    }


def _names(names: list[str] | None, count: int) -> list[str]:
    return [str(number) for number in range(count)] if names is None else names

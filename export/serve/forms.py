"""The fields of the form on the page at `/docs`, as HTML."""

import html as escaping
from collections.abc import Mapping
from typing import Any

from ..portable.exported_generator import Sampler

__all__ = ["of_file", "of_samples"]

MOST_NAMES = 1000  # in the list to choose from


def of_samples(operation: Mapping[str, Any], sampler: Sampler) -> str:
    """The fields of a request for samples.

    Args:
        operation: What the OpenAPI has of it.
        sampler: The generator.
    """
    fields = [
        '<label>count <input name="count" type="number" min="1" value="16"></label>',
        '<label>seed <input name="seed" type="number" min="0" placeholder="any"></label>',
        "<label>truncation_psi "
        '<input name="truncation_psi" type="number" min="0" max="2" step="0.05" value="1"></label>',
    ]
    kinds = sampler.num_classes or sampler.num_tags
    if kinds is not None:
        names = sampler.class_names or [str(number) for number in range(min(kinds, MOST_NAMES))]
        listed = [f'<option value="{n}">{escaping.escape(name)}</option>' for n, name in enumerate(names[:MOST_NAMES])]
        fields.append(
            f'<label>labels <select name="labels"><option value="">all</option>{"".join(listed)}</select></label>'
        )
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    formats = "".join(f"<option>{name}</option>" for name in schema["properties"]["format"]["enum"])
    fields.append(f'<label>format <select name="format">{formats}</select></label>')
    if len(sampler.outputs) > 1:
        outputs = "".join(f"<option>{escaping.escape(name)}</option>" for name in sampler.outputs)
        fields.append(f'<label>output <select name="output">{outputs}</select></label>')
    return "".join(fields)


def of_file(operation: Mapping[str, Any], what: str, endings: str = "") -> str:
    """A file to send, and the options of the address.

    Args:
        operation: What the OpenAPI has of it.
        what: The file is.
        endings: Of names of files that browsers know no type of, `".npy"`.
    """
    accepted = ",".join([*operation["requestBody"]["content"], *([endings] if endings else [])])
    fields = [f'<label>{what} <input name="file" type="file" accept="{accepted}" required></label>']
    for one in operation.get("parameters", []):
        low, high, usual = (one["schema"][name] for name in ("minimum", "maximum", "default"))
        fields.append(
            f'<label>{one["name"]} <input data-option name="{one["name"]}" type="number" min="{low}" max="{high}" '
            f'value="{usual}"></label>'
        )
    return "".join(fields)

"""The page at `/docs`: what the OpenAPI says, and a form to try it; it fetches nothing from elsewhere."""

import html as escaping
import json
from collections.abc import Iterable
from typing import Any

from .kinds import Kind

__all__ = ["HEADERS", "html"]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src 'self' blob: data:; media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8884; --soft: #8881; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; background: var(--soft); border-radius: 4px; padding: .1em .3em; }
pre { padding: .8em 1em; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } .answers td:first-child { width: 3rem; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
form { display: flex; flex-wrap: wrap; gap: .8rem; align-items: end; }
label { display: grid; gap: .2rem; font-size: .9rem; }
input, select, button { font: inherit; padding: .3rem .5rem; max-width: 14rem; }
.fields td:first-child { white-space: nowrap; }
img { max-width: 100%; min-width: 12rem; margin-top: 1rem; image-rendering: pixelated; }
#said { min-height: 1.5em; }
@media (max-width: 32rem) {
  .fields tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .fields td { display: block; border: 0; padding: 0; }
  .fields th { display: none; }
}
"""

_SCRIPT = """
const [form, said, shown] = ["form", "#said", "#shown"].map((one) => document.querySelector(one));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "At work ...";
  const begun = performance.now();
  try {
    const file = form.elements.file && form.elements.file.files[0];
    const answer = form.elements.file
      ? await fetch("apply" + options(), { method: "POST", headers: { "Content-Type": kind(file) }, body: file })
      : await fetch("generate", { method: "POST", headers: { "Content-Type": "application/json" }, body: asked() });
    if (!answer.ok) throw new Error((await answer.json()).error);
    const content = await answer.blob(), seed = answer.headers.get("Kgan-Seed");
    const address = URL.createObjectURL(content);
    const took = `${Math.round(performance.now() - begun)} ms` + (seed === null ? "" : `, seed ${seed}`);
    shown.replaceChildren();
    if (content.type === "image/png" || content.type === "image/gif") {
      const picture = document.createElement("img");
      picture.src = address; picture.alt = `What the network drew: ${took}`;
      shown.append(picture);
    } else if (content.type.startsWith("audio/")) {
      const sound = document.createElement("audio");
      sound.src = address; sound.controls = true; sound.ariaLabel = `What the network made: ${took}`;
      shown.append(sound);
    } else {
      const link = document.createElement("a");
      link.href = address; link.download = `seed${seed}.${form.elements.format.value}`;
      link.textContent = "Save the file";
      shown.append(link);
    }
    said.textContent = took;
  } catch (error) { said.textContent = error.message; }
});
function kind(file) { return file.type || "application/octet-stream"; }
function options() {
  const given = [...form.querySelectorAll("[data-option]")].filter((one) => one.value !== "");
  return given.length ? "?" + given.map((one) => `${one.name}=${one.value}`).join("&") : "";
}
function asked() {
  const fields = {};
  for (const name of ["count", "seed", "truncation_psi"])
    if (form.elements[name].value !== "") fields[name] = Number(form.elements[name].value);
  if (form.elements.labels && form.elements.labels.value !== "") fields.labels = Number(form.elements.labels.value);
  fields.format = form.elements.format.value;
  if (form.elements.output) fields.output = form.elements.output.value;
  return JSON.stringify(fields);
}
"""


def html(openapi: dict[str, Any], kind: Kind, address: str, pages: Iterable[str] = ()) -> str:
    """The page.

    Args:
        openapi: What `/openapi.json` is.
        kind: What is served, for the form.
        address: Under which the server was found, `"http://127.0.0.1:8000"`, for the examples.
        pages: Paths of other pages that are shown, `"/explore"`.
    """
    operations = [(path, method, one) for path, item in openapi["paths"].items() for method, one in item.items()]
    title, about = escaping.escape(openapi["info"]["title"]), escaping.escape(openapi["info"]["description"])
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body><h1>{title}</h1><p>{about}</p>',
        *(f'<p>There is also <a href="{path[1:]}/">{path[1:]}</a>.</p>' for path in pages),
        f"<form>{kind.fields(openapi['paths'][kind.path]['post'])}<button>{kind.verb}</button></form>",
        '<p id="said" role="status"></p><div id="shown"></div>',
        *(_operation(path, method, one, address) for path, method, one in operations),
        '<p>All of this for programs: <a href="openapi.json">openapi.json</a>.</p>',
        f"<script>{_SCRIPT}</script></body></html>",
    ]
    return "\n".join(parts)


def _operation(path: str, method: str, one: dict[str, Any], address: str) -> str:
    """What is said of one path: its fields, an example for a shell, and its answers."""
    said = f"<h2><code>{method.upper()} {escaping.escape(path)}</code> {escaping.escape(one['summary'])}</h2>"
    said += f"<p>{escaping.escape(one.get('description', ''))}</p>"
    bodies = one.get("requestBody", {}).get("content", {})
    if "application/json" in bodies:
        schema = bodies["application/json"]["schema"]
        rows = [
            f"<tr><td><code>{name}</code></td><td>{escaping.escape(_bounds(field))}</td>"
            f"<td>{escaping.escape(field.get('description', ''))}</td></tr>"
            for name, field in schema["properties"].items()
        ]
        head = "<tr><th>field</th><th>takes</th><th></th></tr>"
        said += f'<div class="wide"><table class="fields">{head}{"".join(rows)}</table></div>'
        example = json.dumps(schema["examples"][0])
        said += f"<pre>{escaping.escape(_CURL.format(example=example, address=address))}</pre>"
    elif bodies:
        said += _parameters(one) + f"<pre>{escaping.escape(_curl(one, address + path))}</pre>"
        said += f"<p>Content-Type: {', '.join(bodies)}.</p>"
    rows = [
        f"<tr><td>{status}</td><td>{escaping.escape(a['description'])}</td></tr>"
        for status, a in one["responses"].items()
    ]
    return f'{said}<div class="wide"><table class="answers">{"".join(rows)}</table></div>'


_CURL = "curl -H 'Content-Type: application/json' -d '{example}' {address}/generate -o grid.png"
_CURL_FILE = "curl -H 'Content-Type: {body}' --data-binary @in.{one} '{address}' -o out.{other}"


def _curl(operation: dict[str, Any], address: str) -> str:
    """An example for a shell: the first kinds of body and of answer, and the options of the address."""
    body, answer = (next(iter(one["content"])) for one in (operation["requestBody"], operation["responses"]["200"]))
    given = [f"{one['name']}={one['schema']['default']}" for one in operation.get("parameters", [])]
    address = "?".join([address, *(["&".join(given)] if given else [])])
    one, other = (kind.partition("/")[2] for kind in (body, answer))
    return _CURL_FILE.format(body=body, one=one, other=other, address=address)


def _parameters(operation: dict[str, Any]) -> str:
    """The options of the address, as a table."""
    rows = [
        f"<tr><td><code>?{one['name']}=</code></td><td>{escaping.escape(_bounds(one['schema']))}</td>"
        f"<td>{escaping.escape(one['description'])}</td></tr>"
        for one in operation.get("parameters", [])
    ]
    head = "<tr><th>option</th><th>takes</th><th></th></tr>"
    return f'<div class="wide"><table class="fields">{head}{"".join(rows)}</table></div>' if rows else ""


def _bounds(field: dict[str, Any]) -> str:
    """What a field takes, in words: `whole number, 1 to 256`."""
    said = []
    for one in field.get("anyOf", [field]):
        if one.get("type") in ("integer", "number"):
            kind = "whole number" if one["type"] == "integer" else "number"
            low, high = (int(one[end]) if one[end] == int(one[end]) else one[end] for end in ("minimum", "maximum"))
            said.append(f"{kind}, {low} to {high}")
        elif one.get("type") == "string":
            said.append(" | ".join(one["enum"]) if "enum" in one and len(one["enum"]) <= 20 else "name")
        elif one.get("type") == "array":
            said.append("list of them")
    return "; ".join(said)

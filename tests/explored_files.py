"""Files given to a page of `kgan explore`, and what it hands out."""

import base64
import json
from pathlib import Path

__all__ = ["CAUGHT", "caught", "give", "text"]

CAUGHT = """
(() => {
  const real = URL.createObjectURL;
  URL.createObjectURL = blob => { window.blobs = [...(window.blobs || []), blob]; return real.call(URL, blob); };
  HTMLAnchorElement.prototype.click = function () { window.names = [...(window.names || []), this.download]; };
})()
"""
_ALL = """Promise.all(window.blobs.map(async one => btoa(
  [...new Uint8Array(await one.arrayBuffer())].map(one => String.fromCharCode(one)).join(""))))"""
_GIVE = """
(() => {
  const held = new DataTransfer();
  for (const [name, type, content] of %s) {
    held.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name, {type}));
  }
  document.getElementById("%s-said").textContent = "";
  %s;
})()
"""
_WAYS = {
    "choose": "const input = document.getElementById('%s-file'); input.files = held.files; "
    "input.dispatchEvent(new Event('change'))",
    "drop": "document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true}))",
}
_TYPES = {".wav": "audio/wav", ".gif": "image/gif", ".png": "image/png", ".webp": "image/webp"}


def give(page, part, *paths, how="choose"):
    """Gives files to the part of a page whose elements are called after it, and returns what it says in the end."""
    files = [(Path(one).name, _TYPES.get(Path(one).suffix, ""), _text(Path(one).read_bytes())) for one in paths]
    way = _WAYS[how].replace("%s", part)
    page.run(_GIVE % (json.dumps(files), part, way))
    page.wait(f"/^(Done|Expected)/.test(document.getElementById('{part}-said').textContent)")
    return text(page, f"{part}-said")


def caught(page):
    """The bytes of everything that got an address since `CAUGHT` was run."""
    return [base64.b64decode(one) for one in page.run(_ALL)]


def text(page, name):
    return page.run(f"document.getElementById({json.dumps(name)}).textContent")


def _text(content):
    return base64.b64encode(content).decode()

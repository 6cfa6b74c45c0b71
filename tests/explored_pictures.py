"""Pictures given to a page of `kgan explore`, and what `kgan apply` makes of them."""

import base64
import io
import json

import numpy as np
from PIL import Image

from kgan.export.portable.apply import Applier, apply_to_picture

GIVE = """
(async () => {
  const bytes = Uint8Array.from(atob(%s), c => c.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "my picture.png", {type: "image/png"}));
  document.getElementById("drop-status").textContent = "";
  const size = document.getElementById("size");
  size.value = %s;
  %s;
})()
"""
CHOOSE = """const input = document.getElementById("file");
  input.files = held.files; input.dispatchEvent(new Event("change"))"""
DROP = 'document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: held, bubbles: true, cancelable: true}))'
PASTE = 'document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: held, bubbles: true}))'
DRAWN = """
(canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, ...data];
})(document.getElementById("drawn"))
"""


def picture(height, width, mode="RGB", seed=0):
    channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)
    if mode == "RGBA":
        pixels[..., 3] = np.where(pixels[..., 3] > 128, 255, 0)  # a canvas rounds colours that are half clear
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def given(page, image, how=CHOOSE, size="0"):
    """What the page makes of a picture, as RGBA."""
    file = io.BytesIO()
    image.save(file, "PNG")
    page.run(GIVE % (json.dumps(base64.b64encode(file.getvalue()).decode()), json.dumps(size), how))
    page.wait("/^(Done|Expected)/.test(document.getElementById('drop-status').textContent)")
    said = page.run("document.getElementById('drop-status').textContent")
    assert said.startswith("Done"), said
    drawn = page.run(DRAWN)
    return np.uint8(drawn[2:]).reshape(drawn[0], drawn[1], 4)


def by_python(path, image):
    return np.asarray(apply_to_picture(Applier(path), image).convert("RGBA"))

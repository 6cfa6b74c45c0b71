"""What a page of `kgan explore` shows, what Python draws, and how its controls are moved."""

import json

import numpy as np

from kgan.export.portable.output_form import as_uint8
from kgan.export.portable.sampler import Sampler

PIXELS = """
(canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, ...data];
})
"""


def pixels(page, selector):
    """What the canvases there show, uint8 (count, height, width, 4)."""
    # All at once, and none while an earlier one is awaited: after the worker has answered the newest request.
    drawn = page.run(f"[...document.querySelectorAll({json.dumps(selector)})].map({PIXELS})")
    return np.stack([np.uint8(one[2:]).reshape(one[0], one[1], 4) for one in drawn])


def expected(bundle, z, labels=None, psi=1.0):
    """What Python draws of latents, as RGBA."""
    return rgba(np.concatenate(list(Sampler(bundle).of_latents(z, labels, psi))))


def rgba(images):
    """Samples as RGBA, uint8."""
    drawn = as_uint8(images, (-1.0, 1.0))
    colour = np.broadcast_to(drawn[..., :3], (*drawn.shape[:3], 3))
    return np.concatenate([colour, np.full_like(colour[..., :1], 255)], axis=-1)


def assert_same(drawn, wanted):
    """Equal to one grey level."""
    assert drawn.shape == wanted.shape
    assert np.abs(drawn.astype(int) - wanted.astype(int)).max() <= 1


def settle(page):
    """Waits until the grid is drawn and no request is under way."""
    page.run("new Promise(done => setTimeout(done, 50))")
    page.wait("document.getElementById('grid').getAttribute('aria-busy') === 'false'")
    page.run("new Promise(done => setTimeout(done, 150))")


def set_value(page, name, value):
    """Moves a control as its user would."""
    page.run(
        f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('input', {{bubbles: true}}));"
        f" e.dispatchEvent(new Event('change', {{bubbles: true}})) }})(document.getElementById({json.dumps(name)}))"
    )
    settle(page)


def click(page, name):
    page.run(f"document.getElementById({json.dumps(name)}).click()")
    settle(page)


def text(page, name):
    return page.run(f"document.getElementById({json.dumps(name)}).textContent")


_NAMED = ("button", "slider", "combobox", "spinbutton", "radio", "checkbox", "searchbox", "image", "img", "link")
_SMALL = """
[...document.querySelectorAll("button, select, input, .chip")]
  .map(one => [one.id || one.className, one.getClientRects()[0]])
  .filter(([, place]) => place && place.width > 1 && Math.min(place.width, place.height) < 24)
  .map(([name]) => name)
"""


def assert_usable(page, width, least):
    """Nothing stands out of the page; more than `least` controls and pictures have a name each, and none is small."""
    assert page.run("document.documentElement.scrollWidth") == width
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = [one for one in nodes if not one["ignored"] and one.get("role", {}).get("value") in _NAMED]
    assert len(named) > least
    assert [one for one in named if not one.get("name", {}).get("value", "").strip()] == []
    assert page.run(_SMALL) == []

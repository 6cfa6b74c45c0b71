"""The stream of latents in other languages than Python: files that go into bundles of noise."""

from pathlib import Path

__all__ = ["PATHS"]

PATHS = {name: Path(__file__).with_name(name) for name in ("latents.js", "Latents.cs")}

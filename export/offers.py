"""What is said of artefacts that are smaller or of other runtimes: how small, how near, how fast."""

from collections.abc import Mapping
from typing import Any

__all__ = ["lines"]


def lines(artefacts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each artefact that was timed beside the ONNX file in float32.

    Args:
        artefacts: As `card.json` has them, by the names of their formats.
    """
    whole = artefacts.get("onnx")
    return [_line(one, whole) for one in artefacts.values() if "speed" in one]


def _line(entry: Mapping[str, Any], whole: Mapping[str, Any] | None) -> str:
    parts = []
    if whole is not None:
        parts.append(f"{100 * entry['bytes'] / whole['bytes']:.0f} % of the bytes of {whole['file']}")
    if "psnr" in entry:
        parts.append(f"PSNR to Keras {entry['psnr']:.1f} dB")
    if "frechet" in entry:
        found = entry["frechet"]
        parts.append(f"Frechet distance {found['distance']:.3g}, where float32 has {found['floor']:.3g}")
    speeds = " and ".join(f"{speed:g} at batch {batch}" for batch, speed in entry["speed"].items())
    parts.append(f"times as fast as ONNX in float32 here: {speeds}")
    verdict = "" if entry["faster"] else " It is not faster."
    return f"{entry['file']}: {'; '.join(parts)}.{verdict}"

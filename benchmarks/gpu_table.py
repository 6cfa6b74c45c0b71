"""The results of `run_step.py` and of `torch_step.py` as tables in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["table"]


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Tables of times, of first steps beside the CPU's, of further runs, and what failed.

    Args:
        results: The contents of the files, each `{"device", "versions", "date", "rows"}`.
    """
    rows = [row for one in results for row in one["rows"]]
    done = [row for row in rows if not row.get("error")]
    parts = [_heading(one) for one in results]
    parts += [_times(done), _first_steps(done), _further(done), _failures(rows)]
    return "\n\n".join(part for part in parts if part)


def _heading(one: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in (one.get("versions") or {}).items())
    return f"{one.get('device')}; {versions}; {one.get('date')}."


def _plain(done: Sequence[Mapping]) -> dict[str, dict[str, Mapping]]:
    """The rows with TF32 and no flags, by name and contender."""
    found: dict[str, dict[str, Mapping]] = {}
    for row in done:
        if row.get("ms") and row["tf32"] and row.get("variant", "default") == "default":
            found.setdefault(row["name"], {})[row["contender"]] = row
    return found


def _times(done: Sequence[Mapping]) -> str:
    """Each row's milliseconds an iteration, and how many times faster kgan is than each of the others."""
    by_name = _plain(done)
    others = list(dict.fromkeys(key for found in by_name.values() for key in found if key != "kgan"))
    rates = next((row["matrix_tflops"] for row in done if "matrix_tflops" in row), {})
    head = ["row", "kgan, ms", "images/s", "memory, MB", "TFLOP/s", "of the card's product"]
    head += [title for one in others for title in (f"PyTorch {one}, ms", "memory, MB", "kgan is faster, times")]
    lines = [head, ["---"] * len(head)]
    for name, found in by_name.items():
        mine = found.get("kgan", {})
        rate, speed = rates.get("bfloat16" if "bfloat16" in name else "tf32"), mine.get("tflops")
        line = [name, _number(mine.get("ms")), _number(mine.get("images_per_second"), 0)]
        line += [_number(mine.get("peak_mb"), 0), _number(speed, 1), f"{speed / rate:.0%}" if speed and rate else ""]
        for one in others:
            other = found.get(one, {})
            ratio = other["ms"] / mine["ms"] if other and mine else None
            line += [_number(other.get("ms")), _number(other.get("peak_mb"), 0), _number(ratio)]
        lines.append(line)
    shown = _lines(lines) if len(lines) > 2 else ""
    measured = ", ".join(f"{rate:,.0f} in {kind}" for kind, rate in rates.items())
    return f"The card's own product of two matrices, TFLOP/s: {measured}.\n\n{shown}" if rates else shown


def _first_steps(done: Sequence[Mapping]) -> str:
    """How far the GPU lies from the CPU."""
    lines = [
        ["row", "TF32", "gradients", "figures after 1", "weights", "steps", "figures at the end", "weights"],
        ["---"] * 8,
    ]
    for row in done:
        if row.get("parity") and row.get("variant") in ("default", "tf32_off"):
            found = row["parity"]
            last = found["steps"]
            keys = (
                "gradients_after_1",
                "figures_after_1",
                "weights_after_1",
                f"figures_after_{last}",
                f"weights_after_{last}",
            )
            cells = ["" if found.get(key) is None else f"{found[key]:.1e}" for key in keys]
            lines.append([row["name"], "on" if row["tf32"] else "off", *cells[:3], str(last), *cells[3:]])
    return _lines(lines) if len(lines) > 2 else ""


def _further(done: Sequence[Mapping]) -> str:
    """Runs with other flags and without TF32, beside the row's own time."""
    own, lines = _plain(done), [["row", "contender", "run", "ms", "of its own time with TF32"], ["---"] * 5]
    for row in done:
        is_plain = row["tf32"] and row.get("variant", "default") == "default"
        if row.get("ms") and not is_plain:
            mine = own.get(row["name"], {}).get(row["contender"])
            share = f"{row['ms'] / mine['ms']:.2f}" if mine else ""
            run = row.get("variant") or "tf32_off"
            lines.append([row["name"], row["contender"], run, _number(row["ms"]), share])
    return _lines(lines) if len(lines) > 2 else ""


def _failures(rows: Sequence[Mapping]) -> str:
    """What did not run, and its last words."""
    failed = [row for row in rows if row.get("error")]
    words = (" ".join(str(row["error"]).split())[-300:] for row in failed)
    return "\n".join(
        f"- {row['name']}, {row['contender']}, {row.get('variant', '')}: {text}"
        for row, text in zip(failed, words, strict=True)
    )


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _lines(cells: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)

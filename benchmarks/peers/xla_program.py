"""A training step of kgan as an XLA program, which JAX compiles and runs on whatever device it finds.

JAX and NumPy only, and no private name of theirs. Tried with jax and jaxlib 0.11.2. `benchmarks/gpu_step.py` writes
the programs, and uses what stands here of NumPy alone.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Program", "batch_indices", "initial_values", "row_named", "rows", "sample_of"]

SAMPLED = 64  # elements of each array that a reference keeps


def rows(folder: Path) -> list[dict[str, Any]]:
    """What `games.json` lists."""
    return json.loads((folder / "games.json").read_text())["rows"]


def row_named(folder: Path, name: str) -> dict[str, Any]:
    """One row of `games.json`.

    Raises:
        ValueError: if there is none of that name.
    """
    found = [row for row in rows(folder) if row["name"] == name]
    if not found:
        raise ValueError(f"Expected a row of {folder / 'games.json'}. Received: {name!r}.")
    return found[0]


def batch_indices(count: int, batch: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Which images are in each batch: every image once, in an order of its own each time, without the last few."""
    if not 0 < batch <= count:
        raise ValueError(f"Expected a batch of 1 to {count} images, as many as there are. Received: {batch}.")
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(count)
        yield from (order[start : start + batch] for start in range(0, count - batch + 1, batch))


def sample_of(array: np.ndarray) -> np.ndarray:
    """A few elements of an array, evenly spread, as float64."""
    flat = np.asarray(array).reshape(-1)
    return flat[:: max(1, flat.size // SAMPLED)][:SAMPLED].astype(np.float64)


def drawn(entry: Mapping[str, Any]) -> np.ndarray:
    """What an entry of a row's `state` says of its first value, where that is not stored: zeros, or a draw."""
    value, shape = entry["value"], tuple(entry["shape"])
    if value["kind"] == "zeros":
        return np.zeros(shape, entry["dtype"])
    draw = np.random.default_rng(value["seed"]).standard_normal(shape, np.float32)
    return (draw * np.float32(value["std"])).astype(entry["dtype"])


def initial_values(folder: Path, row: Mapping[str, Any]) -> dict[int, np.ndarray]:
    """The first value of each parameter of the program but the batch, by its number."""
    stored = {}
    if row["values"]:
        with np.load(folder / row["values"], allow_pickle=False) as file:
            stored = {key: file[key] for key in file.files}
    found: dict[int, np.ndarray] = {}
    for entry in row["state"]:
        kind = entry["value"]["kind"]
        if kind == "like":
            found[entry["parameter"]] = found[entry["value"]["parameter"]].copy()
        else:
            found[entry["parameter"]] = stored[entry["value"]["key"]] if kind == "stored" else drawn(entry)
    return found


class Program:
    """A step and its state, which each call moves on; all but the batch stays on the device.

    Args:
        folder: With `games.json`, the programs and values.
        row: Of `games.json`.
        exact: Asks for products in full float32, not in TF32: precision HIGHEST in every dot and convolution.
    """

    def __init__(self, folder: Path, row: Mapping[str, Any], exact: bool = False):
        import jax

        jax.config.update("jax_enable_x64", True)  # the counters of the step are int64
        self._jax, self.folder, self.row = jax, folder, row
        self.text = _stablehlo(gzip.decompress((folder / row["program"]).read_bytes()), exact)
        self._moving = [one for one in row["state"] if one["result"] is not None]
        self._fixed = [one for one in row["state"] if one["result"] is None]
        self._step: Any = None
        self.restart()

    def restart(self) -> None:
        """Puts the state back to its first values."""
        self.start = initial_values(self.folder, self.row)
        self.moving, self.fixed = (
            [self._jax.device_put(self.start[one["parameter"]]) for one in entries]
            for entries in (self._moving, self._fixed)
        )

    def compile(self, batch: Sequence[np.ndarray]) -> None:
        """Compiles the step for batches like this one."""
        exported = _exported(self.text)
        moving, fixed, inputs = ([one["parameter"] for one in part] for part in self._parts())
        results, logs = [one["result"] for one in self._moving], list(self.row["logs"].values())

        def step(state, constants, *data):
            arguments = dict(zip((*moving, *fixed, *inputs), (*state, *constants, *data), strict=True))
            outputs = exported.call(*(arguments[number] for number in range(len(arguments))))
            return [outputs[number] for number in results], [outputs[number] for number in logs]

        lowered = self._jax.jit(step, donate_argnums=0).lower(self.moving, self.fixed, *batch)
        self._step = lowered.compile()

    def _parts(self) -> tuple[list, list, list]:
        return self._moving, self._fixed, self.row["inputs"]

    def call(self, batch: Sequence[Any]) -> list[Any]:
        """One step on a batch; returns the logs, arrays that may not be computed yet."""
        self.moving, logs = self._step(self.moving, self.fixed, *batch)
        return logs

    def wait(self) -> None:
        """Returns when every step so far is computed."""
        self._jax.block_until_ready(self.moving)

    def state(self) -> dict[int, np.ndarray]:
        """The present value of each parameter that a step moves."""
        return {one["parameter"]: np.asarray(value) for one, value in zip(self._moving, self.moving, strict=True)}

    def named_state(self) -> dict[str, np.ndarray]:
        """The present value of each, by its name in the row."""
        names = {one["parameter"]: one["name"] for one in self._moving}
        return {names[number]: value for number, value in self.state().items()}

    def memory(self) -> dict[str, int]:
        """Bytes of the state, of the batch and of what a step needs beside, as the compiler planned them."""
        planned = self._step.memory_analysis()
        names = ("argument_size_in_bytes", "output_size_in_bytes", "alias_size_in_bytes", "temp_size_in_bytes")
        return {} if planned is None else {name: int(getattr(planned, name)) for name in names}

    def optimized(self) -> str:
        """The program as XLA compiled it."""
        return self._step.as_text()


def _stablehlo(program: bytes, exact: bool) -> str:
    """A serialized HLO module as StableHLO, without what only the compiler of its origin reads."""
    from jax.extend import mlir
    from jax.extend.mlir import ir
    from jax.interpreters.mlir import make_ir_context

    with make_ir_context():
        text = str(ir.Module.parse(mlir.hlo_to_stablehlo(program)))
    text = re.sub(r"^module @\S+ attributes \{.*\} \{$", "module @step {", text, count=1, flags=re.MULTILINE)
    # TensorFlow copies what it returns unchanged; JAX has no such operation, and none is needed.
    text = re.sub(r"= mhlo\.copy (%\S+) : (.*)$", r"= stablehlo.convert \1 : \2", text, flags=re.MULTILINE)
    others = sorted(set(re.findall(r"= \"?(mhlo\.[a-z_]+)", text)))
    if others:
        raise ValueError(f"Expected a program of StableHLO alone. Received: {', '.join(others)}.")
    if exact:
        text = text.replace("precision DEFAULT", "precision HIGHEST").replace(
            "[DEFAULT, DEFAULT]", "[HIGHEST, HIGHEST]"
        )
    return text


_TYPES = {
    **{f"f{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"ui{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "bf16": "bfloat16",
    "i1": "bool",
}


def _exported(text: str):
    """The module as a function of JAX."""
    import jax
    from jax import export
    from jax.extend import mlir
    from jax.extend.mlir import ir
    from jax.extend.mlir.dialects import stablehlo
    from jax.interpreters.mlir import make_ir_context

    with make_ir_context():
        module = ir.Module.parse(text)
        version = stablehlo.get_version_from_compatibility_requirement(
            stablehlo.StablehloCompatibilityRequirement.WEEK_4
        )
        serialized = mlir.serialize_portable_artifact(module, version)
        main = next(one for one in module.body.operations if one.attributes["sym_name"].value == "main")
        inputs, outputs = (
            tuple(_abstract(ir.RankedTensorType(one)) for one in types)
            for types in (main.type.inputs, main.type.results)
        )
    structure = jax.tree_util.tree_structure
    return export.Exported(
        fun_name="step",
        in_tree=structure((tuple(range(len(inputs))), {})),
        in_avals=inputs,
        out_tree=structure(tuple(range(len(outputs)))),
        out_avals=outputs,
        _in_named_shardings=(None,) * len(inputs),
        _out_named_shardings=(None,) * len(outputs),
        in_shardings_hlo=(None,) * len(inputs),
        out_shardings_hlo=(None,) * len(outputs),
        nr_devices=1,
        platforms=(export.default_export_platform(),),
        ordered_effects=(),
        unordered_effects=(),
        disabled_safety_checks=(),
        mlir_module_serialized=serialized,
        calling_convention_version=export.maximum_supported_calling_convention_version,
        module_kept_var_idx=tuple(range(len(inputs))),
        uses_global_constants=False,
        _get_vjp=None,
    )


def _abstract(one):
    import jax.numpy as jnp
    from jax.core import ShapedArray

    return ShapedArray(tuple(one.shape), jnp.dtype(_TYPES[str(one.element_type)]))

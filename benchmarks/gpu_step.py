"""Writes training steps of kgan as XLA programs, which `peers/run_step.py` compiles and runs where there is a GPU.

    python benchmarks/gpu_step.py --out FOLDER [--games NAME ...]
    python benchmarks/gpu_step.py --table results.json torch.json

A step that XLA compiles whole is one program, so that a machine with JAX, and no TensorFlow, can run the very step that
kgan compiles. It is traced as on a GPU: with plain convolutions, where a step on a CPU has forms of its own. FOLDER
gets for each row of the table the program, its first values and pictures, and `games.json`, which says what is what;
where asked for, the CPU's figures of the first steps too, which a GPU is held against. `write` does it for any compiled
model, and `load` reads what came back.

The pictures are the embedded digits, and crops of the photographs that scikit-image brings.
"""

import argparse
import contextlib
import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from peers.xla_program import batch_indices, initial_values, row_named, sample_of

from kgan._kernels import library
from kgan._step.compilation import Compilation

__all__ = ["as_on_gpu", "load", "operations", "write"]

LARGE = 4096  # elements of a weight from which `draws` draws it anew
INPUTS = ("images", "labels")


@contextlib.contextmanager
def as_on_gpu() -> Iterator[None]:
    """Within it, kgan traces steps as it does where TensorFlow sees a GPU."""
    with mock.patch.object(library, "has_only_cpu", return_value=False):
        yield


def write(
    model: keras.Model,
    data: Any,
    folder: Path,
    name: str,
    *,
    draws: bool = False,
    reference: int = 0,
    pictures: np.ndarray | None = None,
    share: float | None = 1.0,
    **facts: Any,
) -> dict[str, Any]:
    """Writes the model's training step as it stands, and adds a row to `games.json`.

    The model's variables are left as they are.

    Args:
        model: A compiled `kgan.AdversarialModel`, perhaps trained already.
        data: One batch, or a tuple of images and labels, as `train_step` gets it: arrays whose shapes and
            types all batches have.
        folder: Where the files go; made if it is not there.
        name: Of the row and of its files.
        draws: Whether large weights are drawn anew, with the same standard deviation, rather than stored: two lines in
            place of megabytes.
        reference: For how many steps the CPU's figures are written too, on batches drawn of `pictures`.
        pictures: `(n, height, width, channels)`, that the reference is of; needed for one alone.
        share: How often a step takes a branch of the program, which counts operations; `None` leaves them uncounted.
        **facts: Further entries of the row: `images`, the name of a file of pictures in the folder, and `calls`, the
            steps in an iteration, 1 unless given, are what `run_step.py` reads.

    Returns:
        The row.

    Raises:
        ValueError: if XLA would not compile the step whole on a GPU, or the program is not what it was taken for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = [tf.constant(one) for one in (data if isinstance(data, tuple) else (data,))]
    variables = named_variables(model)
    before = {key: variable.numpy() for key, variable in variables.items()}
    with as_on_gpu():
        if model._compilation is not Compilation.WHOLE:
            raise ValueError(
                f"Expected a model whose step XLA compiles as a whole on a GPU. Received: {model._compilation.value}."
            )
        step = tf.function(
            lambda *given: model.train_step(given if len(given) > 1 else given[0]), autograph=False, jit_compile=True
        )
        concrete = step.get_concrete_function(*tensors)
        program = step.experimental_get_compiler_ir(*tensors)(stage="hlo_serialized")
    module = _parsed(program)
    logs = list(tf.nest.flatten({key: key for key in concrete.structured_outputs}))
    state = _state(module, concrete, variables, len(tensors))
    _check(module, state, len(logs), len(tensors))
    stored = _give_values(state, before, variables, draws)
    row = {
        "name": name,
        "batch": len(tensors[0]),
        "inputs": [
            {"parameter": number, "array": INPUTS[number], "shape": list(one.shape), "dtype": one.dtype.name}
            for number, one in enumerate(tensors)
        ],
        "logs": {key: number for number, key in enumerate(logs)},
        "state": state,
        "program": f"{name}.hlo.gz",
        "values": f"{name}.npz" if stored else None,
        "flops": None,
        "reference": None,
        **facts,
    }
    (folder / row["program"]).write_bytes(gzip.compress(program, mtime=0))
    if stored:
        np.savez_compressed(folder / row["values"], **stored)
    if row["flops"] is None and share is not None:
        row["flops"] = round(operations(module, share) * row.get("calls", 1))
    if reference:
        _put(variables, {one["name"]: value for one, value in zip(state, _values(folder, row), strict=True)})
        row["reference"] = f"{name}.reference.npz"
        np.savez_compressed(
            folder / row["reference"], **_reference(step, state, variables, pictures, tensors, reference)
        )
    _put(variables, before)
    _add(folder, row)
    return row


def load(model: keras.Model, folder: Path, name: str, results: Path) -> None:
    """Gives a model the state that `run_step.py --train` saved.

    Args:
        model: Built and compiled as the one that was written.
        folder: As of `write`.
        name: Of the row.
        results: The `.npz` that came back.

    Raises:
        ValueError: if the file does not hold the state of such a model.
    """
    variables = named_variables(model)
    moved = {one["name"] for one in row_named(folder, name)["state"] if one["result"] is not None}
    with np.load(results, allow_pickle=False) as file:
        found = {key: file[key] for key in file.files if "/" in key}
    if set(found) != moved or not moved <= set(variables):
        odd = sorted(moved ^ set(found) | moved - set(variables))[:3]
        raise ValueError(f"Expected the state of a model compiled alike. Received: another, in {', '.join(odd)}.")
    _put(variables, found)


def named_variables(model: keras.Model) -> dict[str, tf.Variable]:
    """Every variable of the step, by its owner, its place there and its name.

    The same in each model that is built alike: Keras numbers what comes before a variable's own name in its path.
    """
    owners = {
        "generator": model.generator.variables,
        "ema_generator": [] if model.ema_generator is None else model.ema_generator.variables,
        **{key: one.variables for key, one in model.discriminators.items()},
        "generator_optimizer": model.generator_optimizer.variables,
        "discriminator_optimizer": model.discriminator_optimizer.variables,
        "memory": list(model._plan.remembered().values()),
        "model": model.variables,
        "logs": [one for tracker in model._trackers.values() for one in tracker.variables],
    }
    found, seen = {}, set()
    for owner, owned in owners.items():
        for place, variable in enumerate(owned):
            if id(variable.value) not in seen:
                seen.add(id(variable.value))
                found[f"{owner}/{place}/{variable.path.split('/')[-1]}"] = variable.value
    return found


def _parsed(program: bytes):
    from tensorflow.compiler.xla.service import hlo_pb2

    return hlo_pb2.HloModuleProto.FromString(program)


def _state(module, concrete, variables: Mapping[str, tf.Variable], inputs: int) -> list[dict]:
    """What each parameter after the batch is, and which result is its next value."""
    names = {id(variable.handle): key for key, variable in variables.items()}
    following = {one.parameter_number: one.output_shape_index[0] for one in module.input_output_alias.entries}
    state = []
    for number, captured in enumerate(concrete.captured_inputs, inputs):
        if id(captured) not in names:
            raise ValueError(
                f"Expected a step of the model's own variables. Received: {captured!r}, which is none of them."
            )
        variable = variables[names[id(captured)]]
        state.append(
            {
                "parameter": number,
                "result": following.get(number),
                "name": names[id(captured)],
                "shape": list(variable.shape),
                "dtype": variable.dtype.name,
            }
        )
    return state


def _check(module, state: Sequence[Mapping], logs: int, inputs: int) -> None:
    """Refuses a program whose parameters and results are not those of the state."""
    shapes = module.host_program_shape
    parameters = [tuple(one.dimensions) for one in shapes.parameters]
    results = [tuple(one.dimensions) for one in shapes.result.tuple_shapes]
    following = [one["result"] for one in state if one["result"] is not None]
    of_state = [tuple(one["shape"]) for one in state]
    if parameters[inputs:] != of_state or sorted(following) != list(range(logs, len(results))):
        raise ValueError(
            f"Expected a program of {inputs} inputs, {len(state)} variables and {logs} figures. "
            f"Received: {len(parameters)} parameters and {len(results)} results, or of other shapes."
        )
    for one in state:
        if one["result"] is not None and results[one["result"]] != tuple(one["shape"]):
            raise ValueError(f"Expected the next value of {one['name']} in its shape. Received: another.")


def _give_values(state: Sequence[dict], before: Mapping[str, np.ndarray], variables, draws: bool) -> dict:
    """Says of each variable where its first value comes from; returns those that are stored, by their keys."""
    stored, firsts = {}, {}
    for one in state:
        value = before[one["name"]]
        key = (value.shape, value.dtype.str, value.tobytes())
        if not value.any():
            one["value"] = {"kind": "zeros"}
        elif value.size > 1 and key in firsts:
            one["value"] = {"kind": "like", "parameter": firsts[key]}
        elif draws and value.size >= LARGE and value.std() > 0:
            one["value"] = {"kind": "normal", "seed": one["parameter"], "std": float(value.std())}
        else:
            one["value"] = {"kind": "stored", "key": f"p{one['parameter']}"}
            stored[f"p{one['parameter']}"] = value
        firsts.setdefault(key, one["parameter"])
    return stored


def _values(folder: Path, row: Mapping[str, Any]) -> list[np.ndarray]:
    values = initial_values(folder, row)
    return [values[one["parameter"]] for one in row["state"]]


def _put(variables: Mapping[str, tf.Variable], values: Mapping[str, np.ndarray]) -> None:
    for key, value in values.items():
        variables[key].assign(value)


def _reference(step, state, variables, images, tensors, steps: int) -> dict[str, np.ndarray]:
    """The CPU's logs of each step, and samples of the state after the first and the last one."""
    indices, found, logs = batch_indices(len(images), len(tensors[0])), {}, []
    for number in range(1, steps + 1):
        results = step(tf.constant(images[next(indices)]), *tensors[1:])
        logs.append([float(one) for one in tf.nest.flatten(results)])
        if number in (1, steps):
            for one in state:
                if one["result"] is not None:
                    found[f"{number}/{one['parameter']}"] = sample_of(variables[one["name"]].numpy())
    return {"logs": np.array(logs), "steps": np.array(sorted({1, steps})), **found}


def _add(folder: Path, row: Mapping[str, Any]) -> None:
    """Adds a row to `games.json`, or puts it in the place of one of its name."""
    path = folder / "games.json"
    listed = json.loads(path.read_text())["rows"] if path.is_file() else []
    listed = [one for one in listed if one["name"] != row["name"]] + [row]
    path.write_text(json.dumps({"rows": listed}, indent=1))


def operations(module, share: float = 1.0) -> float:
    """Multiplications and additions of a program's convolutions and products, as they are commonly written.

    Zeros between pixels, which a transposed convolution is written with, count for nothing; those of padding do.

    Args:
        module: An `HloModuleProto`.
        share: How often the branches of a conditional are taken; of the two ways, one does nothing.
    """
    parts = {one.id: one for one in module.computations}
    counted: dict[int, float] = {}

    def of_part(number: int) -> float:
        if number not in counted:
            part = parts[number]
            shapes = {one.id: one.shape.dimensions for one in part.instructions}
            counted[number] = sum(of_one(one, shapes) for one in part.instructions)
        return counted[number]

    def of_one(one, shapes) -> float:
        if one.opcode in ("call", "while", "conditional"):
            within = sum(of_part(number) for number in one.called_computation_ids)
            return within * (share if one.opcode == "conditional" else 1.0)
        size = 2.0 * np.prod(one.shape.dimensions)
        if one.opcode == "dot":
            left = shapes[one.operand_ids[0]]
            return size * np.prod([left[axis] for axis in one.dot_dimension_numbers.lhs_contracting_dimensions])
        if one.opcode == "convolution":
            kernel = shapes[one.operand_ids[1]]
            size *= kernel[one.convolution_dimension_numbers.kernel_input_feature_dimension]
            return size * np.prod([axis.size / axis.base_dilation for axis in one.window.dimensions])
        return 0.0

    return of_part(module.entry_computation_id)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for programs and values")
    parser.add_argument("--games", nargs="+", metavar="NAME", help="rows to write; all unless given")
    parser.add_argument("--table", nargs="+", type=Path, metavar="JSON", help="prints results as Markdown")
    parser.add_argument("--list", action="store_true", help="prints the names of the rows")
    given = parser.parse_args(arguments)
    from gpu_games import NAMES, write_games
    from gpu_table import table

    if given.list:
        print("\n".join(NAMES))
    elif given.table:
        print(table([json.loads(path.read_text()) for path in given.table]))
    elif given.out:
        write_games(given.out, given.games)
    else:
        sys.exit("Expected --out FOLDER, --table JSON or --list. Received: none of them.")


if __name__ == "__main__":
    main()

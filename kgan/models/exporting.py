"""`export` as Keras spells it; `kgan.export` does the work, and is imported at the first call."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Exportable", "export_with"]

_WRITE: list[Callable] = []


def export_with(write: Callable) -> None:
    """Says what `export` calls: `write(model, path, format, **options)`, as `kgan.export.artefact.write`."""
    _WRITE[:] = [write]


class Exportable:
    """`export` of a `kgan.AdversarialModel`; mixed in before `keras.Model`."""

    def export(
        self,
        filepath: "str | os.PathLike",
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Writes the generator as one ONNX file or one SavedModel, reopened and held against Keras.

        [`keras.Model.export`](https://keras.io/api/models/model_saving_apis/export/) with kgan's names, metadata and
        proof. `kgan.export.save(model, folder)` writes both, with a card and a program that draws samples.

        Args:
            filepath: The ONNX file, or the folder of the SavedModel. An earlier one is replaced.
            format: `"tf_saved_model"`, which `kgan.export.save` calls `"saved_model"`, or `"onnx"`.
            verbose: Whether to print where it went.
            input_signature: Not used: inputs and their names are the model's.
            **kwargs: `opset` (or `opset_version`, as Keras has it), `atol`, `precision`, `layout`, `pixels`,
                `averaged`, `calibration` and `force`, as `kgan.export.save` takes them.

        Raises:
            TypeError: if there is no such argument.
            ValueError: if there is no such format, an argument is out of range, an input signature is given, or the
                generator cannot be exported.
            FileExistsError: if the path holds something else.
            ExportError: if ONNX cannot express the generator, or the artefact differs from Keras.
        """
        if input_signature is not None:
            raise ValueError(
                "Expected no input_signature: the inputs are those of the generator, by name. Received: one. Leave it "
                "out."
            )
        if "opset_version" in kwargs:
            kwargs["opset"] = kwargs.pop("opset_version")
        for name in kwargs:
            if name not in _OPTIONS:
                raise TypeError(f"Expected export with {', '.join(_OPTIONS)} besides. Received: {name!r}.")
        if Path(filepath).suffix == ".onnx" and format != "onnx":
            raise ValueError(
                f"Expected format='onnx' for an ONNX file. Received: format={format!r} and {Path(filepath).name!r}."
            )
        (write,) = _WRITE
        written = write(self, filepath, format, **kwargs)
        if verbose:
            print(f"Saved artifact at '{written}'.")  # noqa: T201  as Keras does where it is asked


_OPTIONS = ("opset", "atol", "precision", "layout", "pixels", "averaged", "calibration", "force")

"""The runtimes that artefacts of a bundle are run with: onnxruntime, and others where they are installed."""

import importlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from .checks import BundleError, short
from .saved_model_graph import NotRunError, open_graph

__all__ = ["ONNX", "OTHERS", "Network", "Runtime"]


class Network(NamedTuple):
    """An artefact that was opened.

    Attributes:
        takes: Names of its inputs.
        gives: Names of its outputs, in order.
        run: From inputs by name to the outputs, in that order.
        synonyms: All names of each output, in that order, where a runtime has several of one; else empty.
    """

    takes: frozenset[str]
    gives: Sequence[str]
    run: Callable[[Mapping[str, np.ndarray]], Sequence[np.ndarray]]
    synonyms: Sequence[Collection[str]] = ()

    def outputs_as(self, names: Sequence[str]) -> list[str]:
        """Its outputs, in order, by those of their names that somebody knows them by.

        Args:
            names: That are known. A lone output is the one that is known, whatever a runtime calls it; of several, none
                is known by its place, for runtimes have orders of their own.
        """
        if len(names) == len(self.gives) == 1:
            return list(names)
        left, found = set(names), []
        for own, all_own in zip(self.gives, self.synonyms or [{one} for one in self.gives], strict=True):
            name = min(left & set(all_own), default=own)
            left.discard(name)
            found.append(name)
        return found


class Runtime(NamedTuple):
    """What runs artefacts of a format.

    Attributes:
        called: Its name.
        module: The Python package.
        package: What `pip install` calls it.
        open: Opens an artefact; raises `NotRunError` where the artefact holds more than a network.
    """

    called: str
    module: str
    package: str
    open: Callable[[Path], Network]

    def opened(self, path: Path) -> Network:
        """Opens an artefact; what goes wrong while it is opened or run is told with its path.

        Raises:
            BundleError: if the runtime cannot open it.
            NotRunError: if the runtime cannot be imported, or the artefact holds more than a network.
        """
        try:
            importlib.import_module(self.module)
        except ImportError as error:
            raise NotRunError(f"it takes {self.called}, pip install {self.package}") from error
        try:
            network = self.open(path)
        except NotRunError:
            raise
        except Exception as error:  # of a class of each runtime's own
            raise BundleError(f"Expected {path} that {self.called} can open. Received: {short(error)}") from error

        def run(inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
            try:
                return network.run(inputs)
            except Exception as error:
                raise BundleError(f"Expected {path} to run. Received: {short(error)}") from error

        return network._replace(run=run)


def _open_onnx(path: Path) -> Network:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors alone: it warns of inputs that need not be given
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    gives = [one.name for one in session.get_outputs()]
    takes = frozenset(one.name for one in (*session.get_inputs(), *session.get_overridable_initializers()))
    return Network(takes, gives, lambda inputs: session.run(gives, dict(inputs)))


def _open_saved_model(path: Path) -> Network:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it would tell about its own build
    return Network(*open_graph(path))


def _open_litert(path: Path) -> Network:
    from ai_edge_litert.interpreter import Interpreter

    serve = Interpreter(str(path)).get_signature_runner()
    gives = list(serve.get_output_details())

    def run(inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        given = serve(**inputs)
        return [given[name] for name in gives]

    return Network(frozenset(serve.get_input_details()), gives, run)


def _open_openvino(path: Path) -> Network:
    import openvino

    network = openvino.Core().compile_model(str(path / "generator.xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    synonyms = [one.get_names() for one in network.outputs]  # sets, of which any order is chance
    gives = [min(names, default="") for names in synonyms]
    takes = frozenset(name for one in network.inputs for name in one.get_names())

    def run(inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        given: Any = network(dict(inputs))
        return [np.array(given[place]) for place in range(len(gives))]  # the next run writes over what it gives

    return Network(takes, gives, run, synonyms)


ONNX = Runtime("onnxruntime", "onnxruntime", "onnxruntime", _open_onnx)
OTHERS = {
    "saved_model": Runtime("TensorFlow", "tensorflow", "tensorflow", _open_saved_model),
    "litert": Runtime("LiteRT", "ai_edge_litert", "ai-edge-litert", _open_litert),
    "openvino": Runtime("OpenVINO", "openvino", "openvino", _open_openvino),
}

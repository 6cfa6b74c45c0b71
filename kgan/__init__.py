"""kgan: the GAN library for Keras."""

import importlib
from typing import Any

import keras

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"Expected Keras to run on TensorFlow. Received: the backend {keras.backend.backend()!r}. "
        f"Set KERAS_BACKEND=tensorflow before Keras is imported."
    )

# Eagerly, because loading a saved model finds its classes only once they are registered.
from kgan import (
    architectures,
    augmentation,
    balancing,
    callbacks,
    checkpoints,
    data,
    diagnostics,
    distribution,
    evaluation,
    latent_tools,
    latents,
    layers,
    losses,
    metrics,
    objectives,
    penalties,
    pictures,
    recipes,
    report,
    run,
    schedules,
    spectrograms,
)
from kgan._game.batch import Batch, Judgement, Pair, Round, StepOutputs
from kgan._support.moved import keep_earlier_names
from kgan.balancing import augment
from kgan.models import exporting, sampling_molecules, sampling_rows
from kgan.models.adversarial import AdversarialModel
from kgan.models.bigan import BiGAN
from kgan.models.contrastive_translation import ContrastiveTranslation
from kgan.models.cycle_translation import CycleTranslation
from kgan.models.domain_adaptation import DomainAdaptation
from kgan.models.face_swap import FaceSwap
from kgan.models.gan import GAN
from kgan.models.molecules import Molecules
from kgan.models.super_resolution import SuperResolution
from kgan.models.tabular import Tabular
from kgan.models.text_to_image import TextToImage
from kgan.models.translation import Translation
from kgan.models.video_prediction import VideoPrediction
from kgan.models.vocoder import Vocoder
from kgan.version import __version__

from kgan import kinds  # isort: skip  last, because kinds speak of all the others

__all__ = [
    "GAN",
    "AdversarialModel",
    "Batch",
    "BiGAN",
    "ContrastiveTranslation",
    "CycleTranslation",
    "DomainAdaptation",
    "FaceSwap",
    "Judgement",
    "Molecules",
    "Pair",
    "Round",
    "StepOutputs",
    "SuperResolution",
    "Tabular",
    "TextToImage",
    "Translation",
    "VideoPrediction",
    "Vocoder",
    "__version__",
    "architectures",
    "augment",
    "augmentation",
    "balancing",
    "callbacks",
    "checkpoints",
    "data",
    "diagnostics",
    "distribution",
    "evaluation",
    "export",
    "kinds",
    "latent_tools",
    "latents",
    "layers",
    "losses",
    "metrics",
    "objectives",
    "penalties",
    "pictures",
    "recipes",
    "report",
    "run",
    "schedules",
    "spectrograms",
]


keep_earlier_names()


def __getattr__(name: str) -> Any:
    if name == "export":  # `kgan.export` without an import of its own, and without tf2onnx until it is used
        return importlib.import_module("kgan.export")
    raise AttributeError(f"module 'kgan' has no attribute {name!r}")


def _write(*arguments: Any, **named: Any) -> Any:
    return importlib.import_module("kgan.export.artefact").write(*arguments, **named)


def _drawing() -> Any:
    return importlib.import_module("kgan.export.portable.table_drawing")


def _writing() -> Any:
    return importlib.import_module("kgan.export.portable.molecule_writing")


sampling_rows.draw_with(_drawing)
sampling_molecules.write_with(_writing)
exporting.export_with(_write)  # here, because the models know nothing of the room that writes artefacts


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

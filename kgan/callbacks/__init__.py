"""Callbacks for `fit`."""

from kgan.callbacks.caption_grid import CaptionGrid
from kgan.callbacks.class_grid import ClassGrid
from kgan.callbacks.cycle_grid import CycleGrid
from kgan.callbacks.film_grid import FilmGrid
from kgan.callbacks.finite_guard import FiniteGuard, NotFiniteError
from kgan.callbacks.molecule_grid import MoleculeGrid
from kgan.callbacks.players import AlternateEpochs, DriveOptimizer
from kgan.callbacks.pretraining import Pretraining
from kgan.callbacks.progress import Progress
from kgan.callbacks.progressive_growing import ProgressiveGrowing
from kgan.callbacks.resumable_checkpoint import ResumableCheckpoint
from kgan.callbacks.sample_grid import SampleGrid
from kgan.callbacks.spectrogram_grid import SpectrogramGrid
from kgan.callbacks.stopping import StopOnInterrupt, StopOnTerminate, Terminated
from kgan.callbacks.table_histograms import TableHistograms
from kgan.callbacks.tensorboard import TensorBoard
from kgan.callbacks.translation_grid import TranslationGrid
from kgan.diagnostics.cycle_monitor import CycleMonitor
from kgan.diagnostics.domain_monitor import DomainMonitor
from kgan.diagnostics.molecule_monitor import MoleculeMonitor
from kgan.diagnostics.monitor import EquilibriumMonitor
from kgan.diagnostics.one_way_monitor import OneWayMonitor
from kgan.diagnostics.table_monitor import TableMonitor
from kgan.diagnostics.translation_monitor import TranslationMonitor

__all__ = [
    "AlternateEpochs",
    "CaptionGrid",
    "ClassGrid",
    "CycleGrid",
    "CycleMonitor",
    "DomainMonitor",
    "DriveOptimizer",
    "EquilibriumMonitor",
    "FilmGrid",
    "FiniteGuard",
    "MoleculeGrid",
    "MoleculeMonitor",
    "NotFiniteError",
    "OneWayMonitor",
    "Pretraining",
    "Progress",
    "ProgressiveGrowing",
    "ResumableCheckpoint",
    "SampleGrid",
    "SpectrogramGrid",
    "StopOnInterrupt",
    "StopOnTerminate",
    "TableHistograms",
    "TableMonitor",
    "TensorBoard",
    "Terminated",
    "TranslationGrid",
    "TranslationMonitor",
]

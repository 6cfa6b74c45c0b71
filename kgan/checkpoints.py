"""Checkpoints of a run: found again, and read where one wants to go on by hand."""

from kgan._support.checkpoint_files import Checkpoint, CheckpointError, Checkpoints, Place, seal
from kgan.callbacks.resumable_checkpoint import ResumableCheckpoint

__all__ = ["Checkpoint", "CheckpointError", "Checkpoints", "Place", "ResumableCheckpoint", "seal"]

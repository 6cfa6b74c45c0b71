"""The run folder, and training into it."""

from kgan.run.best import Best
from kgan.run.checkpoint_policy import CheckpointPolicy
from kgan.run.choice import Choice
from kgan.run.folder import Run, RunError, check_free, loaded
from kgan.run.init_from import copy_weights, recipe_of
from kgan.run.naming import next_folder
from kgan.run.package_versions import versions
from kgan.run.plan import Plan
from kgan.run.suiting import facts
from kgan.run.training import Care, Trained, resume, train

__all__ = [
    "Best",
    "Care",
    "CheckpointPolicy",
    "Choice",
    "Plan",
    "Run",
    "RunError",
    "Trained",
    "check_free",
    "copy_weights",
    "facts",
    "loaded",
    "next_folder",
    "recipe_of",
    "resume",
    "train",
    "versions",
]

"""Objectives by name."""

from collections.abc import Mapping

from kgan._support import lookup
from kgan.objectives.auxiliary_classifier import AuxiliaryClassifier
from kgan.objectives.base import Objective
from kgan.objectives.class_cross_entropy import ClassCrossEntropy
from kgan.objectives.condition_cross_entropy import ConditionCrossEntropy
from kgan.objectives.cycle_consistency import CycleConsistency, Identity
from kgan.objectives.deep_feature_matching import DeepFeatureMatching
from kgan.objectives.face_swap import FaceReconstruction, MaskOfChange
from kgan.objectives.feature_distance import FeatureDistance
from kgan.objectives.feature_matching import FeatureMatching
from kgan.objectives.gradient_difference import GradientDifference
from kgan.objectives.l1 import L1
from kgan.objectives.likelihood import Likelihood
from kgan.objectives.mel_distance import MelDistance
from kgan.objectives.mode_seeking import ModeSeeking
from kgan.objectives.mutual_information import MutualInformation
from kgan.objectives.orthogonal_regularization import OrthogonalRegularization
from kgan.objectives.patch_nce import PatchNCE
from kgan.objectives.path_length import PathLength
from kgan.objectives.reconstruction import Reconstruction

__all__ = ["OBJECTIVES", "get"]

OBJECTIVES: dict[str, type[Objective]] = lookup.by_name(
    [
        FeatureMatching,
        DeepFeatureMatching,
        MelDistance,
        ModeSeeking,
        AuxiliaryClassifier,
        MutualInformation,
        L1,
        Likelihood,
        GradientDifference,
        ClassCrossEntropy,
        ConditionCrossEntropy,
        CycleConsistency,
        Identity,
        FaceReconstruction,
        MaskOfChange,
        FeatureDistance,
        PatchNCE,
        OrthogonalRegularization,
        PathLength,
        Reconstruction,
    ]
)


def get(identifier: "str | Mapping | Objective | type[Objective]") -> Objective:
    """Returns the objective: by name (`"mode_seeking"` or `"ModeSeeking"`), class or config, or as it is.

    Raises:
        ValueError: if no objective has that name, or the config is not one of an objective.
        TypeError: if `identifier` is neither a name, an `Objective`, such a class nor a config, or if the objective of
            that name needs arguments.
    """
    return lookup.resolve("objectives", identifier, OBJECTIVES, Objective)

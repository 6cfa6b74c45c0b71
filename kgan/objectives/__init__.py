"""What a network learns beside the adversarial loss."""

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
from kgan.objectives.registry import OBJECTIVES, get

__all__ = [
    "L1",
    "OBJECTIVES",
    "AuxiliaryClassifier",
    "ClassCrossEntropy",
    "ConditionCrossEntropy",
    "CycleConsistency",
    "DeepFeatureMatching",
    "FaceReconstruction",
    "FeatureDistance",
    "FeatureMatching",
    "GradientDifference",
    "Identity",
    "Likelihood",
    "MaskOfChange",
    "MelDistance",
    "ModeSeeking",
    "MutualInformation",
    "Objective",
    "OrthogonalRegularization",
    "PatchNCE",
    "PathLength",
    "Reconstruction",
    "get",
]

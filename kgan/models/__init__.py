"""The models: a file for each kind, which says what one batch is."""

from kgan.models.adversarial import AdversarialModel
from kgan.models.bigan import BiGAN
from kgan.models.contrastive_translation import ContrastiveTranslation
from kgan.models.cycle_translation import CycleTranslation
from kgan.models.domain_adaptation import DomainAdaptation
from kgan.models.face_swap import FaceSwap
from kgan.models.gan import GAN
from kgan.models.super_resolution import SuperResolution
from kgan.models.translation import Translation
from kgan.models.video_prediction import VideoPrediction
from kgan.models.vocoder import Vocoder

__all__ = [
    "GAN",
    "AdversarialModel",
    "BiGAN",
    "ContrastiveTranslation",
    "CycleTranslation",
    "DomainAdaptation",
    "FaceSwap",
    "SuperResolution",
    "Translation",
    "VideoPrediction",
    "Vocoder",
]

"""The kinds of models that kgan knows, each in a file of its own; `kgan.models.kind` is what they implement."""

from kgan.kinds.bidirectional import Bidirectional
from kgan.kinds.contrastive_translation import ContrastiveTranslation
from kgan.kinds.cycle_translation import CycleTranslation
from kgan.kinds.domain_adaptation import DomainAdaptation
from kgan.kinds.face_swap import FaceSwap
from kgan.kinds.generation import Generation
from kgan.kinds.molecules import Molecules
from kgan.kinds.super_resolution import SuperResolution
from kgan.kinds.tabular import Tabular
from kgan.kinds.text_to_image import TextToImage
from kgan.kinds.translation import Translation
from kgan.kinds.video import Video
from kgan.kinds.vocoder import Vocoder
from kgan.models import kind

kind.register(Generation())
kind.register(Bidirectional())
kind.register(Translation())
kind.register(CycleTranslation())
kind.register(ContrastiveTranslation())
kind.register(DomainAdaptation())
kind.register(FaceSwap())
kind.register(SuperResolution())
kind.register(Tabular())
kind.register(TextToImage())
kind.register(Video())
kind.register(Vocoder())
kind.register(Molecules())

__all__ = [
    "Bidirectional",
    "ContrastiveTranslation",
    "CycleTranslation",
    "DomainAdaptation",
    "FaceSwap",
    "Generation",
    "Molecules",
    "SuperResolution",
    "Tabular",
    "TextToImage",
    "Translation",
    "Video",
    "Vocoder",
]

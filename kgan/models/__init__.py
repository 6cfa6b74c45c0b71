"""What one batch of a game is: a file for each kind of model."""

from kgan.models.adversarial import AdversarialModel
from kgan.models.gan import GAN

__all__ = ["GAN", "AdversarialModel"]

"""The kinds of models that kgan knows, each in a file of its own; `kgan.models.kind` is what they implement."""

from kgan.kinds.generation import Generation
from kgan.models import kind

kind.register(Generation())

__all__ = ["Generation"]

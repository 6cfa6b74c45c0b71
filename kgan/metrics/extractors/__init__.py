"""Networks that metrics look through."""

from kgan.metrics.extractors.base import Extractor, ExtractorError, Features, presentable
from kgan.metrics.extractors.registry import checked, get

__all__ = [
    "Extractor",
    "ExtractorError",
    "Features",
    "checked",
    "get",
    "presentable",
]

"""From a trained generator to SavedModel and ONNX, each proved equal to Keras; imported as `kgan.export`."""

from kgan.export import explorer
from kgan.export.bundle import save
from kgan.export.parity import ExportError, VerificationError
from kgan.export.previews import Preview, preview
from kgan.export.signature import Signature

__all__ = ["ExportError", "Preview", "Signature", "VerificationError", "explorer", "preview", "save"]

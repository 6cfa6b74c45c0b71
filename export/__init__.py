"""From a trained generator to SavedModel and ONNX, each proved equal to Keras; imported as `kgan.export`."""

from kgan.export import explorer, runtimes  # noqa: F401  it registers formats
from kgan.export.bundle import save
from kgan.export.checks import BundleError
from kgan.export.parity import ExportError, VerificationError
from kgan.export.previews import Preview, preview
from kgan.export.signature import Signature
from kgan.export.verification import Verified, verify

__all__ = [
    "BundleError",
    "ExportError",
    "Preview",
    "Signature",
    "VerificationError",
    "Verified",
    "explorer",
    "preview",
    "save",
    "verify",
]

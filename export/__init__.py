"""From a trained generator to SavedModel and ONNX, each proved equal to Keras; imported as `kgan.export`."""

from kgan._support.moved import keep_earlier_names
from kgan.export import explorer, runtimes  # noqa: F401  it registers formats
from kgan.export.bundle import save
from kgan.export.parity import ExportError, VerificationError
from kgan.export.portable.checks import BundleError
from kgan.export.portable.verification import Verified, verify
from kgan.export.previews import Preview, preview
from kgan.export.signature import Signature

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

keep_earlier_names()

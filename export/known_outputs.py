"""What a bundle's `probes.npz` holds: a few inputs, and what Keras makes of them."""

from kgan.export import parity
from kgan.export.formats import Context
from kgan.export.portable.probes import Probe

__all__ = ["of"]

_MOST_OF_A_PROBE = 5  # samples
_MOST_BYTES = 4 * 2**20


def of(context: Context) -> list[Probe]:
    """Inputs and outputs by name: of small batches, and of one with the optional inputs given.

    Args:
        context: What artefacts are written from.
    """
    signature, explicit = context.signature, context.signature.explicit
    few = [batch for batch in signature.exported.batches if batch <= _MOST_OF_A_PROBE] or signature.exported.batches[:1]
    asked = [(signature, context.keras_runner, batch) for batch in few]
    if explicit is not signature:
        asked.append((explicit, parity.keras_runner(explicit.function(context.generator), explicit), few[0]))
    found: list[Probe] = []
    size = 0
    for takes, runner, batch in asked:
        inputs = context.form.on_levels(takes.example(batch), takes)
        outputs = {name: runner(inputs, name) for name in takes.ranges}
        size += sum(one.nbytes for one in (*inputs.values(), *outputs.values()))
        if not found or size <= _MOST_BYTES:
            found.append((inputs, outputs))
    return found

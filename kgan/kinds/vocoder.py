"""Vocoding: a mel spectrogram becomes a wave. Its model is `kgan.Vocoder`."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import keras
import numpy as np

from kgan import callbacks, data, recipes
from kgan.callbacks.spectrogram_grid import spectrogram_pictures
from kgan.data import DataError, Splits
from kgan.evaluation import of_pairs
from kgan.evaluation.results import Wording
from kgan.kinds.translation import Translation
from kgan.metrics import MelError, PairMetric, SpectralDistance
from kgan.models.kind import Exported, Say, Standard, Tensor
from kgan.models.vocoder import Vocoder as Model
from kgan.run import Run
from kgan.spectrograms import Spectrogram
from kgan.version import __version__

__all__ = ["Vocoder", "VocoderEvaluation", "of_any_length"]

_WAVE_RANGE = (-1.0, 1.0)
_BATCHES = (1, 3)  # at which artefacts are compared
_FRAMES = 8  # of the shortest example


class VocoderEvaluation(of_pairs.PairsEvaluation):
    """What `evaluate` found of a vocoder, beside what Griffin and Lim's method comes to."""

    wording: ClassVar[Wording] = Wording(
        made="outputs",
        instead="Griffin-Lim",
        columns=("Output against held-out truth", "Griffin-Lim in its place", "Output against training truth"),
        explained="Griffin-Lim in its place is the wave of the same spectrogram without a network, by 32 iterations. "
        "Both figures say how near spectra are, lower is nearer; neither says how natural a voice sounds. Pictures are "
        "of log-mel spectrograms, low frequencies below; PSNR is of them. Below each: outputs : truths.",
    )


def _instead(model: Model, inputs: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    return model.spectrogram.griffin_lim(inputs)[..., None]


def _pictured(model: Model, inputs: np.ndarray, outputs: np.ndarray, truths: np.ndarray) -> tuple[np.ndarray, ...]:
    return (
        spectrogram_pictures(model, inputs),
        *(spectrogram_pictures(model, model.mel(np.nan_to_num(one))) for one in (outputs, truths)),
    )


class Vocoder(Translation):
    """A spectrogram in, a wave out, compared with the wave that the spectrogram was made of."""

    name = "vocoder"
    model = Model
    loader = staticmethod(data.load_speech)
    compared_by = ("val_mel_error", "val_spectral_distance", "monitor_held_out_error", "monitor_train_error")
    conditional = False

    def load(self, source: str, batch_size: int, options: Mapping[str, Any], seed: int, strict: bool) -> Splits:
        """The pairs as `kgan.data.load_speech` has them.

        Raises:
            DataError: if they cannot be loaded.
        """
        return self.loader(source, batch_size, seed=seed, strict=strict, **options)

    def of_data(self, splits: Splits) -> dict[str, Any]:
        if splits.spectrogram is None:
            raise DataError(
                "Expected data that say what their spectrograms are. Received: others. Load them with "
                "kgan.data.load_speech."
            )
        return {"spectrogram": splits.spectrogram}

    def derived(self, splits: Splits) -> dict[str, Any]:
        return splits.spectrogram.settings()

    def generator(self, recipe: recipes.Recipe, inputs: tuple, samples: tuple, seed: int) -> keras.Model:
        """The generator of a recipe, for the hop of the data."""
        hop = samples[0] // inputs[0]
        return recipe.network("generator", input_shape=inputs, output_channels=samples[-1], hop=hop, seed=seed)

    def drawing(self, run: Run) -> list[keras.callbacks.Callback]:
        return [callbacks.SpectrogramGrid(run.samples, log_dir=run.tensorboard / "samples")]

    # --- figures ---

    def features_for(self, features: str | None, source: str) -> None:
        """Nothing: spectra are looked at, and through no network.

        Raises:
            ValueError: if a network is named.
        """
        if features not in (None, recipes.AUTO):
            raise ValueError(f"Expected features='none' or 'auto' for sound. Received: features={features!r}.")

    def metrics(self, features: str | None, splits: Splits, held_out: int) -> list[PairMetric]:
        return _figures(splits.spectrogram, splits.sample_shape[0]) if held_out else []

    def about_metrics(self, asked: str | None, features: str | None, splits: Splits, held_out: int) -> list[str]:
        if not held_out:
            return ["No metrics of waves: the data has none held out."]
        names = " and ".join(one.label for one in self.metrics(features, splits, held_out))
        lines = [f"{names} on {held_out:,} held-out segments after each epoch."]
        if splits.sample_shape[0] <= SpectralDistance.longest_frame:
            lines.append(
                f"No spectral distance: segments have no more than its {SpectralDistance.longest_frame:,} samples."
            )
        return lines

    compared_with: Mapping[str, Any] = MappingProxyType(
        {"instead": _instead, "form": VocoderEvaluation, "pictured": _pictured}
    )

    def evaluate(
        self, run: Run, num_samples: int | None, features: Any, seed: int, say: Say
    ) -> of_pairs.PairsEvaluation:
        self.features_for(features, run.plan.source)
        how = (num_samples, None, seed, say)
        return of_pairs.evaluate(run, _figures_of, *how, **self.compared_with)

    def standard(self, features: str | None, held_out: int) -> Standard | None:
        """The mel distance, which says how like speech sounds, not how natural."""
        if not held_out:
            return None
        because = f"on {held_out:,} held-out segments"
        return Standard("val_mel_error", highest=False, slack=0.01, trusted=True, because=because)

    # --- artefacts ---

    def exported(self, model: Model) -> Exported:
        """What artefacts take and give: `mel` in, `generated` out, of any number of frames."""
        spectrogram = model.spectrogram
        told = {"kind": self.name, "spectrogram": spectrogram.settings(), "value_range": _WAVE_RANGE}

        def example(batch: int) -> dict[str, np.ndarray]:
            shape = (batch, _FRAMES + batch, spectrogram.mels)
            noise = np.random.RandomState(batch).uniform(*model.seen_range, shape)
            return {"mel": noise.astype(np.float32)}

        return Exported(
            inputs=(Tensor("mel", (None, spectrogram.mels), axes=("frames", "mels")),),
            output=Tensor("generated", (None, 1), axes=("samples", "channels")),
            call=lambda generator, mel: of_any_length(generator)(mel, training=False),
            example=example,
            value_range=_WAVE_RANGE,
            metadata={
                "kgan_version": __version__,
                "kgan_runner": "vocode.py",
                **{f"kgan_{name}": json.dumps(value) for name, value in told.items()},
            },
            card=told,
            runner="vocode.py",
            batches=_BATCHES,
        )


def of_any_length(generator: keras.Model) -> keras.Model:
    """The generator with the number of frames free, on its own weights.

    Raises:
        ValueError: if a layer needs to know the length.
    """
    inputs = keras.Input((None, generator.input_shape[-1]))
    try:
        return keras.models.clone_model(generator, input_tensors=inputs, clone_function=lambda layer: layer)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"Expected a generator for any number of frames, made of convolutions. Received: {generator.name!r}, which "
            f"takes {generator.input_shape[1]} alone: {error}"
        ) from error


def _figures_of(model: Model) -> list[PairMetric]:
    return _figures(model.spectrogram, model.sample_shape[0])


def _figures(spectrogram: Spectrogram, samples: int) -> list[PairMetric]:
    """Up to half the sample rate, as the loss looks; of short segments without the spectral distance."""
    mel_error = MelError(**{**spectrogram.settings(), "high": None})
    return [mel_error, SpectralDistance()] if samples > SpectralDistance.longest_frame else [mel_error]

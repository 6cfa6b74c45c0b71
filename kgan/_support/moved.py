"""Modules under the names that they had before they moved: what imports from them goes on working."""

import importlib
import sys
from types import ModuleType

MOVED: dict[str, tuple[str, ...]] = {
    "kgan.adversarial": ("kgan.models.adversarial",),
    "kgan.board": ("kgan.callbacks.tensorboard",),
    "kgan.configurable": ("kgan._support.configurable", "kgan._support.checks"),
    "kgan.discrimination": ("kgan._game.discriminator_pass", "kgan._game.batch_mixing"),
    "kgan.draws": ("kgan._game.draws",),
    "kgan.gan": ("kgan.models.gan", "kgan.models.fitting"),
    "kgan.guard": ("kgan.callbacks.finite_guard",),
    "kgan.limits": ("kgan._support.limits",),
    "kgan.lookup": ("kgan._support.lookup",),
    "kgan.rounds": ("kgan._game.batch",),
    "kgan.samples": ("kgan.data.values",),
    "kgan.training": ("kgan.run.training",),
    "kgan.data.arrays": ("kgan.data.sources.arrays",),
    "kgan.data.catalogue": ("kgan.data.sources.catalogue",),
    "kgan.data.digits": ("kgan.data.sources.digits",),
    "kgan.data.folder": ("kgan.data.sources.folder",),
    "kgan.data.geometry": ("kgan.data.resizing",),
    "kgan.data.streams": ("kgan.data.sources.streams",),
    "kgan.metrics.digits": ("kgan.metrics.extractors.digits",),
    "kgan.metrics.efficientnet": ("kgan.metrics.extractors.efficientnet",),
    "kgan.metrics.fid_inception": ("kgan.metrics.extractors.fid_inception",),
    "kgan.metrics.inception": ("kgan.metrics.extractors.inception",),
    "kgan.metrics.pixels": ("kgan.metrics.extractors.pixels",),
    "kgan.metrics.torch_files": ("kgan.metrics.extractors.torch_files",),
    "kgan.metrics.torch_networks": ("kgan.metrics.extractors.torch_networks",),
    "kgan.export.applier": ("kgan.export.portable.applier",),
    "kgan.export.apply": ("kgan.export.portable.apply",),
    "kgan.export.checks": ("kgan.export.portable.checks",),
    "kgan.export.latents": ("kgan.export.portable.latents",),
    "kgan.export.sampler": ("kgan.export.portable.sampler",),
}


class _Moved(ModuleType):
    """A module by its earlier name; what it offers is looked up where it is now, when it is asked for."""

    def __getattr__(self, name: str):
        for place in MOVED[self.__name__]:
            module = importlib.import_module(place)
            if not name.startswith("__") and hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"module {self.__name__!r}, which is {MOVED[self.__name__][0]!r} now, has no {name!r}")


def keep_earlier_names() -> None:
    """Makes every earlier name importable, and an attribute of its package, as soon as the package is imported."""
    for name, places in MOVED.items():
        package, _, leaf = name.rpartition(".")
        if package not in sys.modules or name in sys.modules:
            continue
        module = _Moved(name, f"`{places[0]}`, by its earlier name.")
        sys.modules[name] = module
        setattr(sys.modules[package], leaf, module)

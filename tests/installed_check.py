"""Run by .ci/run outside the checkout: the installed package imports, trains one step and exports.

Not a test of the suite: the suite always finds the checkout's own kgan.
"""

from pathlib import Path

import kgan
from kgan.export.explorer import runtime
from kgan.export.portable.sampler import Sampler

installed = Path(kgan.__file__).parent
if not all("site-packages" in str(path) for path in (installed, Path(kgan.export.__file__))):
    raise SystemExit(f"Expected the installed package. Received: {installed}.")

train, _ = kgan.data.load("digits", batch_size=64)
gan = kgan.GAN(
    kgan.architectures.dcgan_generator((28, 28, 1), latent_dim=8, width=4),
    kgan.architectures.dcgan_discriminator((28, 28, 1), width=4),
    seed=0,
)
gan.compile()
gan.fit(train, steps_per_epoch=1, verbose=0)
bundle = kgan.export.save(gan, "bundle")
difference = abs(Sampler(bundle).sample(3, seed=0) - gan.generate(3, seed=0)).max()
if not difference < 1e-4:
    raise SystemExit(f"Expected equal samples. Received: a difference of {difference}.")
if not {"card.json", "generator.onnx", "sampler.py", "saved_model"} <= {path.name for path in bundle.iterdir()}:
    raise SystemExit("Expected a whole bundle.")
if runtime.damaged():
    print(f"without kgan explore: npm could not fetch {runtime.PACKAGE} when the package was built")  # noqa: T201
elif not (kgan.export.explorer.write(bundle, "page") / "index.html").is_file():
    raise SystemExit("Expected a page. Received: none.")
print(f"kgan {kgan.__version__} installed in {installed}: trained one step, exported, difference {difference:.1e}")  # noqa: T201

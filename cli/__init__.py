"""The commands: nothing but arguments to calls; imported as `kgan_cli`.

They stand outside of the package `kgan`, and import it inside of each command: whatever imports `kgan` imports
TensorFlow, which takes seconds, and help and version need neither.
"""

# isort: off
# Each adds its commands to the application, in the order in which `kgan --help` lists them.
from kgan_cli import training, recipes, looking, latents, shipping, publishing, exploring, serving

# isort: on
from kgan_cli.app import app, main

__all__ = ["app", "exploring", "latents", "looking", "main", "publishing", "recipes", "serving", "shipping", "training"]

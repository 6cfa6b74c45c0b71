"""What one does with a trained generator's latents: films, truncation, mixing, sliders, projection."""

from kgan.latent_tools.directions import Directions, FirstLayerError, sefa
from kgan.latent_tools.projection import Projection, picture_for, project, pyramid_distance
from kgan.latent_tools.spaces import LatentSpace, Space, StyleSpace, space_of
from kgan.latent_tools.walks import mixing_grid, save_film, slider_grid, truncation_grid, walk

__all__ = [
    "Directions",
    "FirstLayerError",
    "LatentSpace",
    "Projection",
    "Space",
    "StyleSpace",
    "mixing_grid",
    "picture_for",
    "project",
    "pyramid_distance",
    "save_film",
    "sefa",
    "slider_grid",
    "space_of",
    "truncation_grid",
    "walk",
]

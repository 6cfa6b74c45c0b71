"""Runs on pictures of other channels than a screen has."""

import dataclasses

import numpy as np

from kgan import data, recipes, run
from kgan.run.course import Course


def test_features_left_to_the_data_are_pixels_where_a_network_for_colours_takes_none():
    plan = run.Plan.make("digits", batch_size=2)
    plan = dataclasses.replace(plan, recipe=dataclasses.replace(plan.recipe, features="efficientnet-lite0"))
    for channels, features in ((1, "efficientnet-lite0"), (3, "efficientnet-lite0"), (5, "pixels"), (2, "pixels")):
        splits = data.load(np.zeros((8, 8, 8, channels), np.uint8), batch_size=2)
        course = Course(plan, None, splits, 0)
        assert course.seen_by(recipes.AUTO).plan.recipe.features == features
        assert course.seen_by("efficientnet-lite0") is course

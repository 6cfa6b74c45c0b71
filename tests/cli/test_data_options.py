"""What is asked of pictures at the command line reaches the recipe, or is refused before anything is made."""

import pytest

from commands import kgan as command
from kgan import run


@pytest.fixture
def planned(monkeypatch):
    """Arguments of `kgan train` as the plan that they come to."""

    def plan_of(*arguments):
        plans = []

        def train(plan, *others, **how):
            plans.append(plan)
            raise ValueError("Expected no more. Received: the plan.")

        monkeypatch.setattr(run, "train", train)
        done = command("train", "digits", *arguments)
        return plans[0].recipe.data if plans else done

    return plan_of


def test_options_of_pictures_are_settings_of_the_data(planned):
    data = planned("--background", "#102030", "--channels", "grey", "--validation-split", "0.25")
    assert (data["background"], data["channels"], data["validation_split"]) == ("#102030", "grey", 0.25)
    data = planned("--set", "data.levels=[0, 4095]", "--set", "depth=full", "--set", "data.labels=mine.csv")
    assert (data["levels"], data["depth"], data["labels"]) == ([0, 4095], "full", "mine.csv")
    assert planned("--set", "image_size=64x96")["image_size"] == "64x96"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--background", "whiter"), "Expected"),
        (("--channels", "17"), "17"),
        (("--channels", "pink"), "grey"),
        (("--validation-split", "1.5"), "of at least 0 and below 1"),
        (("--set", "data.depth=deep"), "deep"),
        (("--set", "data.levels=[1, 1]"), "black and white"),
        (("--set", "image_size=64x"), "64x96"),
    ],
)
def test_what_no_picture_can_be_is_refused_before_anything_is_made(planned, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = planned(*arguments)
    assert done.code != 0
    assert message in done.err
    assert not list(tmp_path.iterdir())

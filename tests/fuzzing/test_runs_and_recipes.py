"""Run folders and recipes that came from anyone open, or are refused by name."""

import contextlib
import dataclasses
import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from damage import changed, damaged, fuzzed, names, own_errors
from kgan import recipes, run
from kgan.report import comparing

PLAN = dataclasses.asdict(run.Plan.make("digits", image_size=16))
CONFIG = {"plan": PLAN, "versions": {"kgan": "1"}, "trained": {"epochs": 3, "seconds": 1.5, "interrupted": False}}
DIAGNOSIS = {
    "looks": [
        {
            "epoch": 1,
            "signs": {"separation": 0.5, "diversity": None},
            "verdict": {"name": "a", "because": "", "advice": ""},
        }
    ]
}
EVALUATION = {
    "figures": [
        {
            "name": "precision",
            "label": "Precision (digits)",
            "better": "max",
            "against": "held-out reals",
            "value": 0.5,
            "floor": None,
            "real_samples": 50,
            "generated_samples": 60,
            "floor_samples": 50,
        }
    ]
}


@fuzzed
@given(changed(CONFIG), changed(DIAGNOSIS), changed(EVALUATION), damaged(b"epoch,a\n0,1.5\n1,NA\n2,3\n"))
def test_a_run_folder_of_anyone_s_opens_or_is_refused_by_name(config, diagnosis, evaluation, log):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("config.json", config), ("diagnosis.json", diagnosis), ("evaluation.json", evaluation)):
            (Path(folder) / name).write_bytes(content)
        (Path(folder) / "log.csv").write_bytes(log)
        before = names(folder)
        opened = None
        with own_errors(run.RunError):
            opened = run.Run(folder)
        assert names(folder) == before
    if opened is not None:
        assert opened.plan.recipe.epochs >= 1
        assert {type(one) for one in opened.trained.values()} <= {int, float, bool, str, list, dict, type(None)}


@fuzzed
@given(changed(DIAGNOSIS), changed(EVALUATION), damaged(b"epoch,a\n0,1.5\n1,NA\n2,3\n"))
def test_what_lies_in_a_run_folder_is_read_or_refused_by_name(diagnosis, evaluation, log):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(CONFIG))
        opened = run.Run(folder)
        opened.diagnosis.write_bytes(diagnosis)
        opened.evaluation.write_bytes(evaluation)
        opened.log.write_bytes(log)
        before = names(folder)
        for read in (opened.looks, opened.figures, lambda: comparing._evaluation(opened), lambda: str(opened.verdict)):
            with own_errors(run.RunError):
                read()
        with own_errors(ValueError):  # the page that shows it all
            comparing.compare([opened, opened])
        assert names(folder) == before


RECIPE = recipes.get("digits").changed({"penalties.r1.gamma": "{name=cosine, start=1.0, end=0.1, images=1e5}"})


@fuzzed
@given(damaged(RECIPE.to_toml().encode()))
def test_a_recipe_file_of_anyone_s_is_read_or_refused_by_name(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.toml"
        path.write_bytes(content)
        with own_errors(ValueError):
            recipe = recipes.get(str(path))
            path.write_text(recipe.to_toml(), encoding="utf-8")
            assert recipes.get(str(path)) == recipe


@fuzzed
@given(changed(RECIPE.content()))
def test_a_recipe_of_anyone_s_tables_is_read_or_refused_by_name(content):
    with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
        tables = json.loads(content)
        with own_errors(ValueError):
            recipe = recipes.Recipe.from_dict(tables)
            assert recipes.Recipe.from_dict(recipe.content()) == recipe
            recipe.compile_arguments()
            recipe.model_arguments()


@fuzzed
@given(
    st.sampled_from(sorted({*RECIPE.leaves(), *recipes.SHORT_NAMES, "penalties.r1", "generator"})), st.text(max_size=12)
)
def test_any_text_is_a_setting_or_refused_by_name(name, text):
    with own_errors(ValueError):
        RECIPE.changed({name: text})

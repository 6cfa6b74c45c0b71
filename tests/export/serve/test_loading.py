"""The bundle is looked at before anybody may ask for it."""

import hashlib
import json

import film_networks
import numpy as np
import pytest
import wave_networks

import kgan
import noise_networks
import picture_networks
from kgan.export import serve
from kgan.export.portable import sessions


def carded(folder, **facts):
    """The card of the first kgan, for all that lies in the folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    digests = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (folder / "card.json").write_text(json.dumps({**facts, "sha256": digests}))
    return folder


def test_a_bundle_is_opened_by_what_it_takes(tmp_path):
    for name in ("digits", "facades"):
        (tmp_path / name / "export").mkdir(parents=True)
    noise_networks.write(tmp_path / "digits" / "export" / "generator.onnx")
    picture_networks.negative(tmp_path / "facades" / "export" / "generator.onnx")
    drawn = serve.load(carded(tmp_path / "digits" / "export", runner="sampler.py"))
    applied = serve.load(carded(tmp_path / "facades" / "export", runner="apply.py"))
    alone = serve.load(tmp_path / "facades" / "export" / "generator.onnx")
    assert [one.name for one in (drawn, applied, alone)] == ["digits", "facades", "facades"]
    assert [one.kind.takes for one in (drawn, applied, alone)] == ["latents", "pictures", "pictures"]
    assert all(one.engine.merges for one in (drawn, applied, alone))
    for one in (drawn, applied, alone):
        one.engine.close()


def test_a_file_that_is_not_the_one_of_the_card_is_named(tmp_path):
    noise_networks.write(tmp_path / "generator.onnx")
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "saved_model.pb").write_bytes(b"a graph")
    carded(tmp_path, runner="sampler.py")
    (tmp_path / "saved_model" / "saved_model.pb").write_bytes(b"another")
    with pytest.raises(ValueError, match=r"Received: saved_model/saved_model\.pb, which has other content"):
        serve.load(tmp_path)
    serve.load(tmp_path / "generator.onnx").engine.close()


@pytest.mark.parametrize("runner", ["apply.py", None])
def test_a_card_that_says_another_thing_than_the_network_is_refused(tmp_path, runner):
    noise_networks.write(tmp_path / "generator.onnx")
    carded(tmp_path, runner=runner)
    if runner is None:
        serve.load(tmp_path).engine.close()
        return
    with pytest.raises(ValueError, match="Expected a bundle that takes pictures"):
        serve.load(tmp_path)


@pytest.mark.parametrize("write", [noise_networks.write, picture_networks.identity])
def test_threads_are_decided_on_before_anybody_asks(tmp_path, monkeypatch, write):
    trials, real = [], sessions.Engine._fastest

    def counted(engine, outputs, inputs):
        trials.append({len(one) for one in inputs.values()})
        return real(engine, outputs, inputs)

    monkeypatch.setattr(sessions.Engine, "_fastest", counted)
    monkeypatch.setattr(sessions.os, "sched_getaffinity", lambda process: {0, 1})
    sizes = {} if write is noise_networks.write else {"height": 8, "width": 8}
    loaded = serve.load(write(tmp_path / "generator.onnx", **sizes))
    try:
        assert trials == [{1}, {sessions.MANY}]
        engine = loaded.engine.engine
        engine.session = None  # nothing is measured from here on
        assert engine._until_trial == [np.inf, np.inf]
        assert loaded.kind.takes == "pictures" or loaded.runner.sample(20, seed=0).shape == (20, 8, 8, 3)
    finally:
        loaded.engine.close()


@pytest.mark.parametrize(
    ("runner", "does"), [("classify.py", "tells classes"), ("rows.py", "draws rows"), ("molecules.py", "writes molec")]
)
@pytest.mark.parametrize("carded_too", [True, False])
def test_bundles_that_nobody_is_answered_for_are_refused_with_what_they_do(tmp_path, runner, does, carded_too):
    path = noise_networks.write(tmp_path / "generator.onnx", runner=runner)
    said = f"Expected a bundle that takes latents, pictures, films, waves to serve. Received: .*, which {does}"
    with pytest.raises(ValueError, match=said):
        serve.load(carded(tmp_path, runner=runner) if carded_too else path)


def test_films_share_runs_and_waves_do_not(tmp_path):
    for name, write, merges in (("films", film_networks.brighter, True), ("waves", wave_networks.vocoder, False)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "generator.onnx")
        alone = serve.load(tmp_path / name / "generator.onnx")
        whole = serve.load(carded(tmp_path / name, runner={"films": "film.py", "waves": "vocode.py"}[name]))
        for one in (alone, whole):
            assert (one.kind.takes, one.engine.merges, one.version) == (name, merges, kgan.__version__)
            one.engine.close()


def test_a_network_whose_latents_nobody_can_draw_is_told_at_the_start(tmp_path):
    path = noise_networks.write(tmp_path / "own.onnx", latent_distribution="my_own")
    with pytest.raises(ValueError, match="Expected latents from one of: normal, uniform, truncated_normal, coded"):
        serve.load(path)

"""The benchmark of differential privacy, on few rows."""

import benchmark_programs
import pytest

import table_games

pytest.importorskip("dp_accounting", reason="pip install 'kgan[privacy]'")


@pytest.mark.slow  # two models
def test_it_prints_what_attackers_find_with_and_without(tmp_path, capsys):
    module = benchmark_programs.load("private")
    table_games.frame(4_000).drop(columns=["price", "day"]).to_csv(tmp_path / "rows.csv", index=False)
    module.main(str(tmp_path / "rows.csv"), "size", tmp_path / "cache", ["none", "30"], rows=2_000, epochs=1, seeds=1)
    lines = capsys.readouterr().out.splitlines()
    assert "attack_by_discriminator" in lines[-4]
    assert [line.split(" | ")[0] for line in lines[-2:]] == ["| none", "| 30"]

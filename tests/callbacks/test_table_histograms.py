"""Histograms of tables: bars are shares of the rows, of the table and of what is drawn."""

import numpy as np
import pytest

import table_games
from kgan.callbacks import TableHistograms, TableMonitor
from kgan.callbacks.table_histograms import histograms
from tiny_games import tiny_game

GREY, ORANGE = (198, 204, 212), (214, 90, 30)


def test_a_picture_has_the_table_in_grey_and_drawn_rows_in_orange():
    model = table_games.trained()
    picture = np.asarray(histograms(model.table.columns, table_games.frame()))
    assert picture.shape[:2] == (2 * (90 + 16 + 12) + 12, 4 * (240 + 12) + 12)  # six columns, four across
    grey, orange = ((picture == colour).all(axis=-1).sum() for colour in (GREY, ORANGE))
    assert grey > 10_000
    assert orange > 1_000


def test_rows_of_the_table_lie_on_its_bars():
    """The line of the same rows runs along the tops of the bars: of the category, as high as its shares."""
    model = table_games.trained()
    column = model.table.columns[:1]  # the cut
    picture = np.asarray(histograms(column, table_games.frame()))
    orange = (picture == ORANGE).all(axis=-1)
    heights = [118 - np.flatnonzero(orange[:, 12 + int((bar + 0.5) * 80)]).min() for bar in range(3)]
    shares = np.array(column[0].counts) / sum(column[0].counts)
    assert np.array(heights) == pytest.approx(90 * shares / shares.max(), abs=3)


@pytest.mark.parametrize("callback", [TableHistograms("nowhere"), TableMonitor()])
def test_models_of_other_data_are_refused(callback, tmp_path):
    callback.set_model(tiny_game())
    with pytest.raises(ValueError, match=r"a kgan.Tabular in its fit for Table\w+. Received: GAN"):
        callback.on_train_begin()


@pytest.mark.parametrize("named", [{"rows": 0}, {"every": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(named):
    with pytest.raises(ValueError, match=next(iter(named))):
        TableHistograms("nowhere", **named)

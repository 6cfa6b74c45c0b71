"""What the programs in a bundle write stands whole under its name, whoever writes beside them."""

import contextlib
import os

import pytest

from kgan.export.portable.bundle_file import BundleError, written_whole


def test_two_writers_of_one_file_leave_the_whole_of_the_later_one(tmp_path):
    out = tmp_path / "grid.png"
    with written_whole(out) as first:
        first.write_text("first")
        with written_whole(out) as second:
            assert second != first
            second.write_text("second")
        assert (out.read_text(), first.read_text()) == ("second", "first")
    assert out.read_text() == "first"
    assert os.listdir(tmp_path) == ["grid.png"]


def test_long_names_that_begin_alike_are_files_of_their_own(tmp_path):
    outs = [tmp_path / f"{'a' * 246}{number}.png" for number in range(2)]
    with contextlib.ExitStack() as stack:
        for number, out in enumerate(outs):
            stack.enter_context(written_whole(out)).write_text(str(number))
    assert [out.read_text() for out in outs] == ["0", "1"]


def test_a_link_at_the_place_of_the_file_is_replaced_and_nothing_is_written_through_it(tmp_path):
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "a.png").symlink_to(tmp_path / "secret")
    with written_whole(tmp_path / "a.png") as partial:
        assert partial.exists()  # made by this writer, so that no link can be laid there before it
        partial.write_text("new")
    assert ((tmp_path / "secret").read_text(), (tmp_path / "a.png").read_text()) == ("mine", "new")


def test_permissions_are_ordinary(tmp_path):
    (tmp_path / "plain").write_text("")
    with written_whole(tmp_path / "a.png") as partial:
        partial.write_text("new")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a.png").write_text("old")
    with pytest.raises(RuntimeError), written_whole(tmp_path / "a.png") as partial:
        partial.write_text("half")
        raise RuntimeError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.png", "old")]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    writing = written_whole(tmp_path / "none" / "a.png")
    with pytest.raises(BundleError, match=r"Expected .*a\.png to be written. Received: No such file"), writing:
        pass

import collections
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kgan.metrics import ExtractorError
from kgan.metrics.extractors import torch_files

WRITTEN_BY_TORCH = Path(__file__).parent / "written_by_torch"  # by PyTorch 2.13.0's `torch.save`


@pytest.fixture
def torch(peers):
    return peers.torch


@pytest.fixture(params=[True, False], ids=["zip", "legacy"])
def save(request, tmp_path, torch):
    """Saves as PyTorch does, in the format of 1.6 and in the one before."""

    def saved(state, name="weights.pth"):
        torch.save(state, tmp_path / name, _use_new_zipfile_serialization=request.param)
        return tmp_path / name

    return saved


@pytest.mark.parametrize("format", ["zip", "legacy"])
def test_a_file_that_torch_wrote_has_its_names_numbers_and_types(format):
    read = torch_files.read(WRITTEN_BY_TORCH / f"{format}-2.13.0.pth")
    assert list(read) == ["weight", "bias"]
    np.testing.assert_array_equal(read["weight"], np.arange(6, dtype=np.float32).reshape(2, 3), strict=True)
    np.testing.assert_array_equal(read["bias"], np.zeros(2, np.int64), strict=True)


@pytest.mark.parametrize("kept", [0.25, 0.5, 0.75, 0.99])
@pytest.mark.parametrize("format", ["zip", "legacy"])
def test_a_file_that_torch_wrote_is_refused_when_it_is_cut_short(tmp_path, format, kept):
    content = (WRITTEN_BY_TORCH / f"{format}-2.13.0.pth").read_bytes()
    (tmp_path / "short.pth").write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ExtractorError, match="Received: a (damaged )?file"):
        torch_files.read(tmp_path / "short.pth")


def test_a_state_dict_has_the_names_and_numbers_that_torch_load_gives(torch, save):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, (1, 5)), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
    path = save(module.state_dict())
    ours, theirs = torch_files.read(path), torch.load(path)
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(ours[name], tensor.numpy(), strict=True)


def test_parameters_are_read_as_tensors(torch, save):
    module = torch.nn.Linear(3, 2)
    state = torch_files.read(save(dict(module.named_parameters())))
    np.testing.assert_array_equal(state["weight"], module.weight.detach().numpy(), strict=True)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"])
def test_types_are_kept(torch, save, dtype):
    tensor = torch.tensor([[0, 1, 1], [5, 0, 100]]).to(getattr(torch, dtype))
    np.testing.assert_array_equal(torch_files.read(save({"x": tensor}))["x"], tensor.numpy(), strict=True)


def test_tensors_that_look_into_one_storage_in_their_own_order_come_out_as_they_were(torch, save):
    storage = torch.arange(24.0)
    state = {
        "transposed": storage.reshape(4, 6).t(),
        "slice": storage.reshape(4, 6)[1:3, ::2],
        "repeated": storage[3].expand(2, 3),
        "scalar": storage[23],
        "empty": torch.zeros(0, 3),
    }
    read = torch_files.read(save(state))
    for name, tensor in state.items():
        np.testing.assert_array_equal(read[name], tensor.numpy(), strict=True)


def test_big_endian_numbers_are_read_as_such(torch, tmp_path):
    torch.save({"x": torch.tensor([1.5, -2.0])}, tmp_path / "little.pth")
    with zipfile.ZipFile(tmp_path / "little.pth") as little, zipfile.ZipFile(tmp_path / "big.pth", "w") as big:
        for name in little.namelist():
            content = little.read(name)
            if name.endswith("data/0"):
                content = np.frombuffer(content, "<f4").astype(">f4").tobytes()
            big.writestr(name, b"big" if name.endswith("byteorder") else content)
    np.testing.assert_array_equal(torch_files.read(tmp_path / "big.pth")["x"], [1.5, -2.0])


def test_a_file_that_would_run_a_command_is_refused_and_runs_nothing(torch, save, tmp_path):
    class Mischief:
        def __reduce__(self):
            return open, (str(tmp_path / "was_here"), "w")

    path = save({"x": torch.zeros(1), "y": Mischief()})
    with pytest.raises(ExtractorError, match=r"Received: a pickle that asks for (_?io|builtins)\.open, which no"):
        torch_files.read(path)
    assert not (tmp_path / "was_here").exists()


def test_a_bare_pickle_that_would_run_a_command_is_refused_too(tmp_path):
    (tmp_path / "bare.pth").write_bytes(b"cbuiltins\nprint\n(S'hello'\ntR.")
    with pytest.raises(ExtractorError, match=r"asks for builtins\.print"):
        torch_files.read(tmp_path / "bare.pth")


def test_a_whole_model_is_refused_by_the_name_of_its_class(torch, save):
    with pytest.raises(ExtractorError, match=r"asks for torch\.nn\.modules\.linear\.Linear.*model\.state_dict\(\)"):
        torch_files.read(save(torch.nn.Linear(2, 2)))


def test_a_checkpoint_around_the_state_dict_is_refused_by_its_first_entry(torch, save):
    with pytest.raises(ExtractorError, match="a dictionary whose 'epoch' is no tensor but of type int"):
        torch_files.read(save({"epoch": 3, "model": {"x": torch.zeros(1)}}))


def test_something_else_than_a_dictionary_is_refused(torch, save):
    with pytest.raises(ExtractorError, match="Received: an object of type list"):
        torch_files.read(save([torch.zeros(1)]))


def test_no_file_is_named(tmp_path):
    with pytest.raises(ExtractorError, match=r"Expected a file of weights\. Received: .*none\.pth, which is none"):
        torch_files.read(tmp_path / "none.pth")


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x80\x02.", b"not a pickle at all\n"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "other.pth").write_bytes(content)
    with pytest.raises(ExtractorError, match="Received: a file of another kind"):
        torch_files.read(tmp_path / "other.pth")


def test_a_zip_archive_of_another_kind_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ExtractorError, match="Received: a zip archive of another kind"):
        torch_files.read(tmp_path / "other.npz")


@pytest.mark.parametrize("kept", [0.25, 0.5, 0.75, 0.99])
def test_a_file_cut_short_is_refused(torch, save, kept):
    path = save({"x": torch.arange(1000.0), "y": torch.ones(100)})
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ExtractorError, match="Received: a damaged file or one cut short"):
        torch_files.read(path)


@pytest.mark.parametrize(("offset", "size", "stride"), [(0, 5, 1), (3, 2, 1), (0, 2, 4), (-1, 2, 1), (2, 2, -1)])
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(torch, tmp_path, offset, size, stride):
    class Id(str):
        pass

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return ("storage", torch.FloatStorage, "0", "cpu", 4) if isinstance(obj, Id) else None

    class Forged:
        def __reduce__(self):
            arguments = (Id(), offset, (size,), (stride,), False, collections.OrderedDict())
            return torch._utils._rebuild_tensor_v2, arguments

    with zipfile.ZipFile(tmp_path / "forged.pth", "w") as archive:
        with archive.open("forged/data.pkl", "w") as file:
            Pickler(file, protocol=2).dump({"x": Forged()})
        archive.writestr("forged/data/0", np.zeros(4, "<f4").tobytes())
    with pytest.raises(ExtractorError, match="reaches beyond its 4 numbers"):
        torch_files.read(tmp_path / "forged.pth")


def test_the_pickle_cannot_change_what_it_is_let_call(tmp_path):
    """BUILD sets attributes on whatever lies on the stack; on what we hand out there is nothing to set."""
    build = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}X\x0c\x00\x00\x00__defaults__)s\x86b."
    with zipfile.ZipFile(tmp_path / "forged.pth", "w") as archive:
        archive.writestr("forged/data.pkl", build)
    with pytest.raises(ExtractorError, match="AttributeError"):
        torch_files.read(tmp_path / "forged.pth")

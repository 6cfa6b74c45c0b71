"""What is said of smaller artefacts."""

from kgan.export import offers

WHOLE = {"file": "generator.onnx", "bytes": 1000, "largest_difference": 1e-7}
INT8 = {
    "file": "generator.int8.onnx",
    "bytes": 260,
    "psnr": 41.26,
    "frechet": {"distance": 0.0123, "floor": 0.012, "features": "pixels, averaged to 8 x 8"},
    "speed": {"1": 0.71, "64": 1.3},
    "faster": False,
}


def test_a_smaller_artefact_that_is_slower_is_not_offered_as_faster():
    assert offers.lines({"onnx": WHOLE, "onnx_int8": INT8}) == [
        "generator.int8.onnx: 26 % of the bytes of generator.onnx; PSNR to Keras 41.3 dB; Frechet distance 0.0123, "
        "where float32 has 0.012; times as fast as ONNX in float32 here: 0.71 at batch 1 and 1.3 at batch 64. It is "
        "not faster."
    ]


def test_an_artefact_that_is_faster_alone_in_its_bundle_says_so():
    entry = {"file": "generator.tflite", "bytes": 900, "speed": {"1": 2.0, "64": 1.1}, "faster": True}
    assert offers.lines({"litert": entry}) == [
        "generator.tflite: times as fast as ONNX in float32 here: 2 at batch 1 and 1.1 at batch 64."
    ]


def test_nothing_is_said_of_artefacts_that_were_not_timed():
    assert offers.lines({"onnx": WHOLE}) == []

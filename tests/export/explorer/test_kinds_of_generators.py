"""The page of real exports, each with what it takes: classes and sliders, tags, coded latents, styles."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import kgan
import noise_networks
from explored import assert_same, click, expected, rgba, set_value, text
from explored import pixels as shown
from games import small_dcgan
from kgan import architectures, latents
from kgan.export.portable.latents import Sampler, slid

pytestmark = pytest.mark.slow


def vivid(gan):
    """Weights of a generator as large as after training, so that its pictures are not all grey."""
    random = np.random.RandomState(0)
    for weight in gan.generator.trainable_variables:
        if weight.name == "kernel":
            weight.assign(random.normal(0.0, 0.6, weight.shape))
    return gan


def exported(gan, tmp_path):
    return kgan.export.save(vivid(gan), tmp_path / "bundle", formats=("onnx",))


def test_a_grey_dcgan_with_the_sliders_of_its_weights(visit, tmp_path):
    bundle = exported(small_dcgan(3), tmp_path)
    page = visit(bundle, "seed=11&label=1&sliders=0,2.5")
    sampler = Sampler(bundle)
    z = slid(sampler.latents(1, seed=11), sampler.directions, direction_2=2.5)
    assert_same(shown(page, "#picture"), expected(bundle, z, 1))
    assert_same(shown(page, "#grid canvas"), expected(bundle, sampler.latents(24, seed=11), 1))


def test_tags_are_switched_on_and_off(visit, tmp_path):
    names = ["hat", "beard", "a + b"]
    generator = architectures.dcgan_generator((8, 8, 3), 4, 4, num_tags=3, seed=0)
    discriminator = architectures.dcgan_discriminator((8, 8, 3), 4, num_tags=3, seed=1)
    bundle = exported(kgan.GAN(generator, discriminator, class_names=names), tmp_path)
    page = visit(bundle, "seed=4")
    z = Sampler(bundle).latents(24, seed=4)
    assert_same(shown(page, "#grid canvas"), expected(bundle, z, np.eye(3)[np.arange(24) % 3]))
    page.run("[...document.querySelectorAll('#label-part [value]')].slice(0, 3).forEach((one, i) => i && one.click())")
    set_value(page, "count", "12")
    assert_same(shown(page, "#grid canvas"), expected(bundle, z[:12], np.tile([0, 1, 1], (12, 1))))
    assert text(page, "command") == ("kgan sample BUNDLE --seed 4 --count 12 --labels 'beard+\"a + b\"' --out grid.png")
    page.run("[...document.querySelectorAll('#label-part [value]')].slice(0, 3).forEach((one, i) => i && one.click())")
    set_value(page, "count", "24")
    assert_same(shown(page, "#grid canvas"), expected(bundle, z, np.zeros((24, 3))))
    assert page.run("document.getElementById('seed-help').hidden")  # no command draws samples without any tag


def test_coded_latents_have_their_codes_as_sliders_and_their_categories_to_choose(visit, tmp_path):
    codes = latents.Coded(3, (4, 2), 2)
    generator = architectures.dcgan_generator((8, 8, 1), codes.latent_dim, 4, seed=0)
    gan = kgan.GAN(generator, architectures.dcgan_discriminator((8, 8, 1), 4, seed=1), latents=codes)
    bundle = exported(gan, tmp_path)
    page = visit(bundle, "seed=9")
    z = Sampler(bundle).latents(24, seed=9)
    assert_same(shown(page, "#grid canvas"), expected(bundle, z))
    set_value(page, "slider-1", "1.5")
    assert text(page, "sliders").startswith("Category 1")
    moved = z.copy()
    moved[0, 10] += 1.5
    assert_same(shown(page, "#picture"), expected(bundle, moved[:1]))
    click(page, "reset")
    set_value(page, "category-0", "2")
    chosen = z.copy()
    chosen[:, 3:7] = [0, 0, 1, 0]
    assert_same(shown(page, "#grid canvas"), expected(bundle, chosen))
    set_value(page, "psi", "0.5")
    chosen[:, :3] *= np.float32(0.5)
    assert_same(shown(page, "#grid canvas"), expected(bundle, chosen))


def test_styles_are_truncated_by_the_optional_input(visit, tmp_path):
    generator = architectures.stylegan2_generator((8, 8, 3), 6, width=3, max_width=5, mapping_layers=2, num_classes=3)
    discriminator = architectures.stylegan2_discriminator((8, 8, 3), 3, max_width=5, mapping_layers=2, num_classes=3)
    gan = kgan.GAN(generator, discriminator, num_classes=3, seed=0)
    architectures.StyleParts.of(generator).styles.mean.assign(np.linspace(-0.5, 0.5, 6))
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    page = visit(bundle, "seed=3&label=2")
    z = Sampler(bundle).latents(24, seed=3)
    whole = expected(bundle, z, 2)
    assert_same(shown(page, "#grid canvas"), whole)
    set_value(page, "slider-0", "2")
    space = kgan.latent_tools.space_of(gan)
    moved = kgan.latent_tools.sefa(gan, 1).moved(space.draw(1, 3, [2]), direction_1=2.0)
    slid_to = rgba(space.samples(moved, [2]))
    assert np.abs(slid_to.astype(int) - whole[:1]).max() > 10
    assert_same(shown(page, "#picture"), slid_to)
    click(page, "keep-last")
    set_value(page, "way", "1")
    assert_same(shown(page, "#between"), slid_to)
    set_value(page, "psi", "0.2")
    typical = expected(bundle, z, 2, 0.2)
    assert np.abs(typical.astype(int) - whole).max() > 10
    assert_same(shown(page, "#grid canvas"), typical)


def test_truncated_and_uniform_latents_are_drawn_as_python_draws_them(visit, tmp_path):
    for distribution in (latents.Uniform(), latents.TruncatedNormal(0.5)):
        bundle = exported(small_dcgan(latents=distribution), tmp_path / distribution.name)
        page = visit(bundle, "seed=1")
        assert_same(shown(page, "#grid canvas"), expected(bundle, Sampler(bundle).latents(24, seed=1)))


@pytest.mark.parametrize(("layout", "pixels"), [("nchw", "float32"), ("nhwc", "uint8"), ("nchw", "uint8")])
def test_files_of_channels_first_and_of_bytes_are_shown_alike(visit, tmp_path, layout, pixels):
    plain = noise_networks.write(tmp_path / "plain.onnx", shape=(6, 9, 3))
    model = onnx.load(plain)
    model.graph.node[-1].output[0] = last = "plain"
    shape, kind = (3, 6, 9) if layout == "nchw" else (6, 9, 3), TensorProto.FLOAT
    if pixels == "uint8":
        constants = {"factor": np.float32(127.5), "low": np.float32(0.0), "high": np.float32(255.0)}
        model.graph.initializer.extend(onnx.numpy_helper.from_array(*one[::-1]) for one in constants.items())
        steps = [("Mul", "factor"), ("Add", "factor"), ("Round",), ("Clip", "low", "high")]
        for number, (name, *inputs) in enumerate(steps):
            model.graph.node.append(helper.make_node(name, [last, *inputs], [f"step{number}"]))
            last = f"step{number}"
        model.graph.node.append(helper.make_node("Cast", [last], ["bytes"], to=TensorProto.UINT8))
        last, kind = "bytes", TensorProto.UINT8
    axes = [0, 3, 1, 2] if layout == "nchw" else [0, 1, 2, 3]
    model.graph.node.append(helper.make_node("Transpose", [last], ["images"], perm=axes))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("images", kind, ["batch", *shape]))
    facts = {one.key: one.value for one in model.metadata_props}
    facts |= {"kgan_layout": json.dumps(layout), "kgan_pixels": json.dumps(pixels)}
    helper.set_model_props(model, facts)
    onnx.save(model, tmp_path / "generator.onnx")
    page = visit(tmp_path / "generator.onnx", "seed=8")
    assert_same(shown(page, "#grid canvas"), expected(plain, Sampler(plain).latents(24, seed=8)))

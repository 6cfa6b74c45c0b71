"""MOSES's figures: as molsets has them, and closed forms."""

import math

import numpy as np
import pytest

from kgan.metrics import molecules as measures

DRAWN = [
    "CCO",
    "OCC",
    "c1ccccc1O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "C1CC",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "CC(C",
    "NCCc1ccc(O)c(O)c1",
    "Clc1ccccc1",
    "CCN(CC)CC",
    "CC(=O)Nc1ccc(O)cc1",
]
HELD_OUT = [
    "CCO",
    "CCCO",
    "c1ccccc1",
    "Cc1ccccc1O",
    "CC(=O)Nc1ccc(O)cc1",
    "CN(C)CCc1c[nH]c2ccccc12",
    "OC(=O)c1ccccc1O",
    "CCOC(=O)C",
]
TRAINING = ["CCO", "Clc1ccccc1", "CCN(CC)CC"]


def test_figures_are_those_of_molsets():
    """Golden numbers: molsets 0.3.1 with rdkit 2023.09.6, on these lists."""
    assert measures.validity(DRAWN) == pytest.approx(0.8333333333333334)
    assert measures.uniqueness(DRAWN) == pytest.approx(0.9)
    assert measures.uniqueness(DRAWN, 3) == pytest.approx(0.6666666666666666)
    assert measures.novelty(DRAWN, TRAINING) == pytest.approx(0.6666666666666666)
    assert measures.internal_diversity(DRAWN) == pytest.approx(0.7775907623767853, rel=1e-6)
    assert measures.internal_diversity(DRAWN, 2) == pytest.approx(0.6305699234237767, rel=1e-6)
    assert measures.nearest_similarity(DRAWN, HELD_OUT) == pytest.approx(0.49192009344696996, rel=1e-6)
    for name, expected in (
        ("logP", 0.40193199999999996),
        ("SA", 0.18598517904097195),
        ("QED", 0.038008640470129404),
        ("weight", 23.34199999999999),
    ):
        assert measures.property_distance(DRAWN, HELD_OUT, name) == pytest.approx(expected, rel=1e-6), name
    assert measures.properties(DRAWN, "QED").mean() == pytest.approx(0.5380186879327014, rel=1e-6)


def test_the_distance_of_descriptors_is_none_of_a_set_to_itself_and_grows_with_what_is_changed():
    same = measures.descriptor_distance(HELD_OUT, HELD_OUT)
    near = measures.descriptor_distance(HELD_OUT[:-1], HELD_OUT)
    far = measures.descriptor_distance([one + "CCCCCCCC" if one.startswith("C") else one for one in HELD_OUT], HELD_OUT)
    assert same == pytest.approx(0.0, abs=1e-6)
    assert 0.01 < near < far


def test_the_distance_of_descriptors_is_that_of_gaussians_in_units_of_the_reals():
    from rdkit import Chem
    from rdkit.Chem import Descriptors
    from scipy import linalg

    names = "MolWt MolLogP MolMR TPSA LabuteASA FractionCSP3 NumHDonors NumHAcceptors NumRotatableBonds RingCount"
    names = [*names.split(), "NumAromaticRings", "HeavyAtomCount"]
    valid = [one for one in DRAWN if measures.validity([one])]
    some, others = (
        np.array([[getattr(Descriptors, name)(Chem.MolFromSmiles(one)) for name in names] for one in part])
        for part in (valid, HELD_OUT)
    )
    some, others = ((one - others.mean(axis=0)) / others.std(axis=0) for one in (some, others))
    covariances = [np.cov(one, rowvar=False) for one in (some, others)]
    root = linalg.sqrtm(covariances[0] @ covariances[1] + 1e-10 * np.eye(12)).real
    expected = ((some.mean(axis=0) - others.mean(axis=0)) ** 2).sum() + np.trace(sum(covariances) - 2 * root)
    assert measures.descriptor_distance(DRAWN, HELD_OUT) == pytest.approx(expected, rel=1e-3)


def test_a_generator_that_writes_one_molecule_is_valid_and_neither_unique_nor_diverse():
    drawn = ["CCO"] * 50
    assert measures.validity(drawn) == 1.0
    assert measures.uniqueness(drawn) == 1 / 50
    assert measures.internal_diversity(drawn) == pytest.approx(0.0, abs=1e-7)
    assert measures.descriptor_distance(drawn, HELD_OUT) > 1.0


def test_of_nothing_valid_there_is_nothing_to_say():
    for drawn in ([], ["C1CC", ""]):
        assert math.isnan(measures.uniqueness(drawn))
        assert math.isnan(measures.novelty(drawn, TRAINING))
        assert math.isnan(measures.internal_diversity(drawn))
        assert math.isnan(measures.nearest_similarity(drawn, HELD_OUT))
        assert math.isnan(measures.property_distance(drawn, HELD_OUT, "logP"))
        assert math.isnan(measures.descriptor_distance(drawn, HELD_OUT))
    assert math.isnan(measures.validity([]))
    assert measures.validity(["", "CC"]) == 0.5


def test_spellings_of_one_molecule_are_one():
    assert measures.canonical(["OCC", "C(C)O", "C1CC"]) == ["CCO", "CCO", None]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: measures.properties(DRAWN, "logp"), "Did you mean 'logP'"),
        (lambda: measures.uniqueness(DRAWN, 0), "k >= 1"),
        (lambda: measures.internal_diversity(DRAWN, 0), "p >= 1"),
    ],
)
def test_what_there_is_not_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()

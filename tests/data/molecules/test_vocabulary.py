"""Tokens of SMILES: symbols, pieces, codes and back."""

import numpy as np
import pytest

from kgan.data import DataError, SmilesVocabulary


def test_symbols_are_atoms_bonds_brackets_and_rings():
    molecule = "C[C@@H](N)C(=O)Oc1cc(Cl)c([N+](=O)[O-])cc1Br"
    vocabulary = SmilesVocabulary.of([molecule], tokens=2, length=40)
    assert vocabulary.symbols == (
        "(",
        ")",
        "1",
        "=",
        "Br",
        "C",
        "Cl",
        "N",
        "O",
        "[C@@H]",
        "[N+]",
        "[O-]",
        "c",
    )
    assert vocabulary.merges == ()
    assert vocabulary.lengths([molecule, "CCl", "C%12CC%12"[:1]]).tolist() == [31, 2, 1]


@pytest.mark.parametrize("bond", ["->", "<-", "$", "~", "/", "\\"])
def test_bonds_that_are_rare_are_symbols_as_rdkit_writes_them(bond):
    smiles = f"C{bond}[Fe]"
    vocabulary = SmilesVocabulary.of([smiles] * 10, tokens=4, length=3)
    assert set(vocabulary.symbols) == {"C", bond, "[Fe]"}
    assert vocabulary.decode(vocabulary.encode([smiles])) == [smiles]


def test_pieces_are_the_pairs_that_stand_together_most_often():
    vocabulary = SmilesVocabulary.of(["COCO", "COCO", "COCN", "NCO"], tokens=7, length=8)
    assert vocabulary.tokens[:3] == ("C", "N", "O")
    assert vocabulary.tokens[3] == "CO"  # six times
    assert vocabulary.merges[0] == (1, 3)
    assert vocabulary.encode(["NCO"])[0, :2].tolist() == [2, 4]


def test_in_a_chain_pairs_are_taken_from_the_left():
    vocabulary = SmilesVocabulary(("C",), ((1, 1), (2, 2)), 8)
    for count, expected in ((1, [1]), (2, [2]), (3, [2, 1]), (4, [3]), (5, [3, 1]), (7, [3, 2, 1]), (8, [3, 3])):
        codes = vocabulary.encode(["C" * count])[0]
        assert codes[codes > 0].tolist() == expected


def test_codes_give_the_text_back():
    smiles = ["CCO", "c1ccccc1C(=O)O", "CC", "N"]
    vocabulary = SmilesVocabulary.of(smiles * 5, tokens=12, length=20)
    codes = vocabulary.encode(smiles)
    assert codes.dtype == np.uint16
    assert vocabulary.decode(codes) == smiles
    assert vocabulary.decode(np.array([[1, 0, 1]])) == [vocabulary.tokens[0]]  # nothing counts behind an end
    assert vocabulary.lengths(smiles).tolist() == [int((row > 0).sum()) for row in codes]


def test_it_comes_back_from_plain_values():
    vocabulary = SmilesVocabulary.of(["CCO", "CCN"] * 5, tokens=6, length=4)
    assert SmilesVocabulary.from_dict(vocabulary.to_dict()) == vocabulary


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        (["CCS"], "symbols that the model knows: C, O. Received: 'S' in CCS"),
        (["C" * 9], "molecules of 8 tokens at most. Received: CCCCCCCCC, which has 9"),
        (["C?O"], "SMILES. Received: 'C.O', which has other characters"),
    ],
)
def test_what_it_cannot_write_is_refused(smiles, words):
    with pytest.raises(DataError, match=words):
        SmilesVocabulary(("C", "O"), (), 8).encode(smiles)

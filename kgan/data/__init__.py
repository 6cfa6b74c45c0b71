"""Loading real samples: arrays, folders, tensorflow-datasets, `tf.data.Dataset`; pairs; collections; films; tables;
captions; molecules."""

from kgan.data.captions import Captions, load_captions
from kgan.data.degradations import degrade
from kgan.data.domains import load_domains
from kgan.data.films import load_films
from kgan.data.found import Found
from kgan.data.loading import is_path, load
from kgan.data.molecules import SmilesVocabulary, is_smiles, load_molecules
from kgan.data.pairs import load_pairs
from kgan.data.sources.caption_file import is_captions
from kgan.data.sources.drawn_faces import drawn_faces
from kgan.data.sources.moving_digits import moving_digits
from kgan.data.speech import load_speech
from kgan.data.splits import DataError, Splits
from kgan.data.tables import Column, Table, is_table, load_table
from kgan.data.unpaired import load_unpaired
from kgan.data.upscaling import load_upscaling
from kgan.data.words import Vocabulary, words_of

__all__ = [
    "Captions",
    "Column",
    "DataError",
    "Found",
    "SmilesVocabulary",
    "Splits",
    "Table",
    "Vocabulary",
    "degrade",
    "drawn_faces",
    "is_captions",
    "is_path",
    "is_smiles",
    "is_table",
    "load",
    "load_captions",
    "load_domains",
    "load_films",
    "load_molecules",
    "load_pairs",
    "load_speech",
    "load_table",
    "load_unpaired",
    "load_upscaling",
    "moving_digits",
    "words_of",
]

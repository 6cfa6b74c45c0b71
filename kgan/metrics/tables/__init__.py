"""How good and how private the rows of a generator of tables are: figures on data frames, without a model."""

from kgan.metrics.tables.coverages import coverage
from kgan.metrics.tables.learning import Usefulness, detector, usefulness
from kgan.metrics.tables.likeness import column_shapes, pair_trends
from kgan.metrics.tables.mixed import MixedRows, mixed_rows, ordered_columns
from kgan.metrics.tables.privacy import ClosestRecords, adversarial_accuracy, closest_records, membership_inference
from kgan.metrics.tables.ranking import AUC, auc
from kgan.metrics.tables.singling import SinglingOut, singling_out

__all__ = [
    "AUC",
    "ClosestRecords",
    "MixedRows",
    "SinglingOut",
    "Usefulness",
    "adversarial_accuracy",
    "auc",
    "closest_records",
    "column_shapes",
    "coverage",
    "detector",
    "membership_inference",
    "mixed_rows",
    "ordered_columns",
    "pair_trends",
    "singling_out",
    "usefulness",
]

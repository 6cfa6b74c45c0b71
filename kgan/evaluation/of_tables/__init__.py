"""How good and how private rows of a generator of tables are, beside held-out rows."""

from kgan.evaluation.of_tables.evaluating import TableEvaluation, evaluate
from kgan.evaluation.of_tables.leaks import Leak
from kgan.evaluation.of_tables.rare_classes import Balance, balanced

__all__ = ["Balance", "Leak", "TableEvaluation", "balanced", "evaluate"]

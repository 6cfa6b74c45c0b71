"""How good and how private rows of a generator of tables are, beside held-out rows."""

from kgan.evaluation.of_tables.evaluating import TableEvaluation, evaluate
from kgan.evaluation.of_tables.leaks import Leak
from kgan.evaluation.of_tables.rare_classes import balanced, check_balance

__all__ = ["Leak", "TableEvaluation", "balanced", "check_balance", "evaluate"]

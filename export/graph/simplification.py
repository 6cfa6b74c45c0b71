"""All passes, again and again until none finds anything."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kgan.export.graph.folding import fold_constants
from kgan.export.graph.graph import Graph
from kgan.export.graph.order import merge_equals, put_in_order

__all__ = ["PASSES", "simplify"]

PASSES: Mapping[str, Callable[[Graph], bool]] = MappingProxyType(
    {"merge_equals": merge_equals, "fold_constants": fold_constants}
)
_MOST = 200  # rounds: each makes the graph smaller or moves a node down, so that far fewer are needed


def simplify(graph: Graph) -> None:
    """Makes a graph smaller, and gives it an order and names that depend on nothing else."""
    graph.remove_unused()
    for _ in range(_MOST):
        if not any([change(graph) for change in PASSES.values()]):
            break
        graph.remove_unused()
    put_in_order(graph)

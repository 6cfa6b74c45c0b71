"""All passes, again and again until none finds anything."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from kgan.export.graph.cropping import crop_by_padding
from kgan.export.graph.folding import fold_constants
from kgan.export.graph.graph import Graph
from kgan.export.graph.identities import remove_identities
from kgan.export.graph.order import merge_equals, put_in_order
from kgan.export.graph.scaling import fold_scales
from kgan.export.graph.sizes import fix_sizes
from kgan.export.graph.transposes import count_transposes, move_transposes
from kgan.export.graph.upsampling import resize_by_one_node

__all__ = ["PASSES", "simplify"]

PASSES: Mapping[str, Callable[[Graph], bool]] = MappingProxyType(
    {
        "remove_identities": remove_identities,
        "merge_equals": merge_equals,
        "fix_sizes": fix_sizes,
        "crop_by_padding": crop_by_padding,
        "fold_constants": fold_constants,
        "resize_by_one_node": resize_by_one_node,
        "fold_scales": fold_scales,
    }
)
_MOST = 200  # rounds: each makes the graph smaller or moves a node on, so that far fewer are needed


def simplify(graph: Graph) -> None:
    """Makes a graph smaller, and gives it an order and names that depend on nothing else.

    Transposes are moved where fewer are left in the end.
    """
    graph.remove_unused()
    _repeat(graph, PASSES.values())
    before, count = graph.snapshot(), count_transposes(graph)
    _repeat(graph, (move_transposes, *PASSES.values()))
    if count_transposes(graph) > count:
        graph.restore(before)
    put_in_order(graph)


def _repeat(graph: Graph, passes: Collection[Callable[[Graph], bool]]) -> None:
    for _ in range(_MOST):
        if not any([change(graph) for change in passes]):
            break
        graph.remove_unused()

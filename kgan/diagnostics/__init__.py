"""What the two networks' numbers mean: signs, and a verdict in words."""

from kgan.diagnostics.cycle_monitor import CycleMonitor
from kgan.diagnostics.cycle_signs import CycleObserver, CycleSigns
from kgan.diagnostics.domain_monitor import DomainMonitor
from kgan.diagnostics.domain_signs import DomainObserver, DomainSigns, DomainSubjects
from kgan.diagnostics.memorisation import copied_share, nearest
from kgan.diagnostics.molecule_monitor import MoleculeMonitor
from kgan.diagnostics.molecule_signs import MoleculeObserver, MoleculeSigns
from kgan.diagnostics.monitor import EquilibriumMonitor
from kgan.diagnostics.one_way_monitor import OneWayMonitor
from kgan.diagnostics.one_way_signs import OneWayObserver, OneWaySigns
from kgan.diagnostics.pair_signs import PairObserver, PairSigns
from kgan.diagnostics.probe import Probe
from kgan.diagnostics.separability import auc, js_divergence_lower_bound
from kgan.diagnostics.signs import Observer, Signs
from kgan.diagnostics.subjects import Reals, Subjects
from kgan.diagnostics.table_monitor import TableMonitor
from kgan.diagnostics.table_signs import TableObserver, TableSigns
from kgan.diagnostics.translation_monitor import TranslationMonitor
from kgan.diagnostics.verdicts import NAMES, Verdict, judge

__all__ = [
    "NAMES",
    "CycleMonitor",
    "CycleObserver",
    "CycleSigns",
    "DomainMonitor",
    "DomainObserver",
    "DomainSigns",
    "DomainSubjects",
    "EquilibriumMonitor",
    "MoleculeMonitor",
    "MoleculeObserver",
    "MoleculeSigns",
    "Observer",
    "OneWayMonitor",
    "OneWayObserver",
    "OneWaySigns",
    "PairObserver",
    "PairSigns",
    "Probe",
    "Reals",
    "Signs",
    "Subjects",
    "TableMonitor",
    "TableObserver",
    "TableSigns",
    "TranslationMonitor",
    "Verdict",
    "auc",
    "copied_share",
    "js_divergence_lower_bound",
    "judge",
    "nearest",
]

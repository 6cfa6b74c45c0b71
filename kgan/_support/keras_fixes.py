"""What saving needs to know of Keras's inside.

Saving without growth: Keras's list of an optimizer's attributes that saving leaves alone, kept where Keras looks. Keras
3.15 makes an optimizer at each saving to learn which attributes all optimizers have, and forgets what it learned: it
looks for `saving_attr_skiplist_Optimizer` and writes `saving_attr_skipset_Optimizer`. TensorFlow never gives back
what the creation of a variable takes, so that each saving of each optimizer adds 70 kB to the process.
"""

from keras.src.backend.common import global_state
from keras.src.saving import saving_lib

_KIND = "Optimizer"
_LOOKED_FOR = f"saving_attr_skiplist_{_KIND}"


def keep() -> None:
    """Lets Keras find the list, unless it does; `keras.utils.clear_session` forgets it again."""
    if global_state.get_global_attribute(_LOOKED_FOR) is None:
        global_state.set_global_attribute(_LOOKED_FOR, saving_lib.get_attr_skipset(_KIND))


def writes_hdf5() -> bool:
    """Whether Keras asks for a config that goes into an HDF5 file, the format of whole models before `.keras`."""
    return bool(global_state.get_global_attribute("use_legacy_config", False))

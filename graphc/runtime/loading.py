"""Emitted modules in memory, and how instances of their classes are copied and pickled.

A module that was never written to a file can't be imported elsewhere, so a pickle of an instance
holds the module's source beside the state; unpickling runs it, as it runs any code that a pickle
names.
"""

from __future__ import annotations

import copyreg
import hashlib
import linecache
import sys
import types as pytypes
import weakref
from typing import Any

# What the instances of each module in memory were compiled from, by the module's name.
_networks: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


def import_source(source: str, name: str) -> pytypes.ModuleType:
    """An emitted module, imported from memory; tracebacks show its lines.

    Args:
        source: the module.
        name: what it would be called as a file.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    full = f"graphc_emitted_{name}_{digest}"
    if full in sys.modules:
        return sys.modules[full]
    filename = f"<graphc {digest} {name}.py>"  # each source has its own lines
    module = pytypes.ModuleType(full)
    module.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), module.__dict__)
    sys.modules[full] = module
    return module


def loaded_class(source: str, name: str, kind: str, network: Any = None) -> type:
    """A class of an emitted module, whose instances can be copied and pickled.

    Args:
        source, name: the module, as for `import_source`.
        kind: the name of the class.
        network: what the module was emitted from; copies in this process know it.
    """
    module = import_source(source, name)
    found: type = getattr(module, kind)
    if network is not None:
        _networks[module.__name__] = network

    def parts(instance: Any) -> tuple[Any, tuple[str, str, str], dict[str, Any]]:
        return _fresh, (source, name, kind), instance.state_dict()

    copyreg.pickle(found, parts)
    return found


def _fresh(source: str, name: str, kind: str) -> Any:
    """An instance whose state is yet to be set."""
    found = loaded_class(source, name, kind)
    instance: Any = found()
    network = _networks.get(found.__module__)
    if network is not None:
        instance.network = network
    return instance

"""Modules with a piece of their text taken out, to see whether the simulation notices."""

import inspect
from types import ModuleType


def without(module: ModuleType, *replacements: tuple[str, str]) -> ModuleType:
    """A second copy of a module, each piece of text replaced; it must be there, exactly once."""
    source = inspect.getsource(module)
    for piece, instead in replacements:
        assert source.count(piece) == 1, f"{piece!r} stands {source.count(piece)} times in {module.__name__}"
        source = source.replace(piece, instead)
    mutant = ModuleType(module.__name__)
    mutant.__file__ = module.__file__
    exec(compile(source, f"mutant of {module.__name__}", "exec"), mutant.__dict__)  # noqa: S102 - our own source
    return mutant

"""Two kinds of import contract that import-linter does not bring: they name modules by pattern, so none must exist yet.

In a pattern `*` stands for any characters, dots included; a pattern also covers everything below what it names.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

Pair = tuple[str, str]


def covers(pattern: str, module: str) -> bool:
    return fnmatchcase(module, pattern) or fnmatchcase(module, f"{pattern}.*")


def covered(patterns: Iterable[str], module: str) -> bool:
    return any(covers(pattern, module) for pattern in patterns)


def find_imports(graph: ImportGraph, wrong: Callable[[str, str], bool]) -> list[Pair]:
    """Direct imports for which `wrong(importer, imported)` holds, sorted."""
    return sorted(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if wrong(importer, imported)
    )


class PatternContract(Contract):
    """Reports the direct imports that `is_wrong` finds."""

    modules: Any = fields.ListField(subfield=fields.StringField())
    except_modules: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def speaks_of(self, module: str) -> bool:
        return covered(self.modules, module) and not covered(self.except_modules or (), module)

    def is_wrong(self, importer: str, imported: str) -> bool:
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  # import-linter's signature
        found = [_described(graph, *pair) for pair in find_imports(graph, self.is_wrong)]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line, bold=False)
        output.new_line()


class ConfinedContract(PatternContract):
    """`modules` (ours or a library's) are imported only by `allowed_importers`."""

    allowed_importers: Any = fields.ListField(subfield=fields.StringField())

    def is_wrong(self, importer: str, imported: str) -> bool:
        return self.speaks_of(imported) and not covered(self.allowed_importers, importer)


class PureContract(PatternContract):
    """`modules` import one another and `allowed` libraries, nothing else: so nothing impure is ever reached."""

    allowed: Any = fields.ListField(subfield=fields.StringField())

    def is_wrong(self, importer: str, imported: str) -> bool:
        return self.speaks_of(importer) and not self.speaks_of(imported) and not covered(self.allowed, imported)


def _described(graph: ImportGraph, importer: str, imported: str) -> str:
    lines = {details["line_number"] for details in graph.get_import_details(importer=importer, imported=imported)}
    return f"{importer} -> {imported} (l. {', '.join(map(str, sorted(lines)))})"

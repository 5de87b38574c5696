"""``python drawing.py NUMBER MODULE…``: mutants of the functions of each module, by mutmut's operators, as JSON.

Run by the Python of var/audit, which has mutmut; so nothing of ours is imported here.

``{module: {"all": [[where, before, after], …], "drawn": [{"where", "before", "after", "lines", "code"}, …]}}``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from difflib import ndiff
from pathlib import Path
from random import Random

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

SEED = 19


class Visitor(MutationVisitor):
    """Also of decorated functions, which mutmut's own runner leaves out; without what runs but once, at the start."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        return isinstance(node, cst.Decorator | cst.Param) or super()._skip_node_and_children(node)


def functions(module: cst.Module) -> Iterator[tuple[cst.FunctionDef, str]]:
    """Those of the module and of its classes, with their qualified names."""
    for node in module.body:
        if isinstance(node, cst.FunctionDef):
            yield node, node.name.value
        elif isinstance(node, cst.ClassDef):
            for method in node.body.body:
                if isinstance(method, cst.FunctionDef):
                    yield method, f"{node.name.value}.{method.name.value}"


def mutants(path: str) -> dict[str, object]:
    wrapper = MetadataWrapper(cst.parse_module(Path(path).read_text("utf-8")))
    visitor = Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    names = dict(functions(module))
    texts = {function: module.code_for_node(function) for function in names}
    positions = wrapper.resolve(PositionProvider)
    found = []
    for mutation in visitor.mutations:
        function = mutation.contained_by_top_level_function
        if function in names:
            text = module.code_for_node(mutated(function, mutation))
            before, after = change(texts[function], text)
            position = positions[mutation.original_node]
            lines = [position.start.line, position.end.line]
            found.append((mutation, {"where": names[function], "before": before, "after": after, "lines": lines}))
    drawn = Random(SEED).sample(found, min(int(sys.argv[1]), len(found)))
    return {
        "all": [[each["where"], each["before"], each["after"]] for _mutation, each in found],
        "drawn": [each | {"code": mutated(module, mutation).code} for mutation, each in drawn],
    }


def mutated(node: cst.CSTNode, mutation: Mutation) -> cst.CSTNode:
    return node.deep_replace(mutation.original_node, mutation.mutated_node)


def change(before: str, after: str) -> list[str]:
    """The lines that differ, as they were and as they are, each joined to one."""
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    return [" ".join(line[2:].strip() for line in lines if line.startswith(sign)) for sign in ("- ", "+ ")]


if __name__ == "__main__":
    json.dump({path: mutants(path) for path in sys.argv[2:]}, sys.stdout)

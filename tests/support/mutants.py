"""Small faults of a function, one at a time: what the tests that stand around it have to find."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from types import FunctionType
from typing import Any, Final, cast

from shared.model.member import Role

_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


def mutants(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each way in which the function could be a little wrong: what it was, what it is instead, and the function."""
    plain = inspect.unwrap(function)
    assert isinstance(plain, FunctionType)
    whole = ast.parse(textwrap.dedent(inspect.getsource(plain)))
    for place, node in enumerate(ast.walk(whole)):
        for other in _instead_of(node):
            tree = deepcopy(whole)
            _put(tree, place, other)
            told = f"{_written(node)} -> {_written(other) if other else 'nothing'}"
            yield told, _made(tree, plain)


def _instead_of(node: ast.AST) -> Sequence[ast.AST | None]:
    """What could stand there by mistake; None for nothing at all."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        opposite = _OPPOSITE[type(node.ops[0])]()
        return [ast.Compare(left=node.left, ops=[opposite], comparators=node.comparators)]
    if isinstance(node, ast.BoolOp):
        turned = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        less = [[one for one in node.values if one is not left] for left in node.values]
        return [
            ast.BoolOp(op=turned, values=node.values),
            *(one[0] if len(one) == 1 else ast.BoolOp(op=node.op, values=one) for one in less),
        ]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [node.operand]
    if isinstance(node, ast.If):
        return [ast.If(test=ast.Constant(value=one), body=node.body, orelse=node.orelse) for one in (True, False)]
    if isinstance(node, ast.Return) and node.value is not None:
        said = node.value.value if isinstance(node.value, ast.Constant) else ...
        return [ast.Return(value=ast.Constant(value=one)) for one in (True, False, None) if one is not said]
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        return [None]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Role":
        return [ast.Attribute(value=node.value, attr=one.name, ctx=node.ctx) for one in Role if one.name != node.attr]
    return []


def _put(tree: ast.AST, place: int, other: ast.AST | None) -> None:
    """Put something else into the place of a node, by the number that a walk gives it."""
    wanted = list(ast.walk(tree))[place]
    for parent in ast.walk(tree):
        for name, said in ast.iter_fields(parent):
            if said is wanted:
                setattr(parent, name, other)
            elif isinstance(said, list) and any(one is wanted for one in said):
                said[:] = [(other or ast.Pass()) if one is wanted else one for one in said]


def _written(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]


def _made(tree: ast.Module, plain: FunctionType) -> Callable[..., Any]:
    code = compile(ast.fix_missing_locations(tree), f"<a fault of {plain.__name__}>", "exec")
    names = dict(plain.__globals__)
    exec(code, names)  # noqa: S102 our own code, a little wrong
    return cast("Callable[..., Any]", names[plain.__name__])

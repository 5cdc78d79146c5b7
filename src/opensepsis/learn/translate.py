"""The simulator's body as JavaScript: its Python source is read, and each function is written again in the browser's language.

No equation is written twice. A page that is made after a change of the body or its parameters has that change. What cannot be translated
(64-bit random numbers, three lines on whole columns) is written by hand in static/randomness.js and below; a Python construct that is
not known here is an error, never a guess.
"""

import ast
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources

import numpy as np

from opensepsis.errors import OpensepsisError
from opensepsis.uses.simulate.care.policy import Policy, policy_record
from opensepsis.uses.simulate.physiology.parameters import document

PACKAGE = "opensepsis.uses.simulate"
MODULES = (
    "physiology.state", "physiology.microbes", "randomness", "physiology.coagulation", "physiology.circulation",
    "physiology.infection", "physiology.respiration", "physiology.organs", "physiology.outcome", "physiology.step",
    "charting.events", "charting.staff_habits", "charting.vital_signs", "charting.laboratory", "care.treatment",
    "care.organ_support", "care.placement", "stay", "population",
)  # fmt: skip
BY_HAND = frozenset(("_mix", "patient_key", "uniform", "uniforms", "normals", "_pick", "draw_patients", "compiled", "empty_buffers",
                     "empty_states", "drug_number", "drug_table", "mic_table", "empiric_table", "narrow_table"))  # fmt: skip
# Lines that Python does for a column of patients and JavaScript for one.
LINES = {
    "organism = np.array([_pick(SITES[s].organisms, x) for s, x in zip(site, u, strict=True)], dtype=int)":
        "organism = pick(SITES[site].organisms, u);",
    "site = _pick([site.share for site in SITES], draw.uniform())":
        "site = pick(SITES.map((one) => one.share), draw.uniform());",
    "resistance = np.array([item.acquired_resistance for item in ORGANISMS])[organism]":
        "resistance = ORGANISMS[organism].acquired_resistance;",
    "who['mic'] = np.minimum(mic_table()[organism] * shift[:, None], NEVER)":
        "who.mic = MIC[organism].map((one) => Math.min(one * shift, NEVER));",
    "who['mic'][:, 3] = np.minimum(who['mic'][:, 3], mic_table()[organism, 3] * 4)":
        "who.mic[3] = Math.min(who.mic[3], MIC[organism][3] * 4);",
    "control = np.array([item.controllable for item in SITES])[site]": "control = SITES[site].controllable;",
}  # fmt: skip
CALLS = {
    "np.exp": "Math.exp", "np.log": "Math.log", "np.log10": "Math.log10", "np.sqrt": "Math.sqrt", "np.floor": "Math.floor",
    "np.ceil": "Math.ceil", "np.abs": "Math.abs", "abs": "Math.abs", "min": "Math.min", "max": "Math.max", "np.minimum": "Math.min",
    "np.maximum": "Math.max", "int": "Math.trunc", "float": "Number", "np.float64": "Number", "np.round": "rounded", "np.where": "where",
    "np.clip": "clipped", "np.mod": "modulo", "uniform": "uniform", "draw.uniform": "draw.uniform", "draw.normal": "draw.normal",
    "draw.chance": "draw.chance", "draw.scatter": "draw.scatter",
}  # fmt: skip
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitAnd: "&", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
         ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!==", ast.And: "&&", ast.Or: "||"}  # fmt: skip
RESERVED = frozenset(
    (
        "new",
        "default",
        "case",
        "switch",
        "this",
        "function",
        "var",
        "let",
        "const",
        "delete",
        "void",
        "true",
        "false",
        "null",
    )
)


@cache
def body_script() -> str:
    """The body, the care, the chart and the drawing of patients as one JavaScript text.

    >>> "function biology(body, who, p, key, count, t, intake, ratio)" in body_script()
    True
    """
    known: dict[str, object] = {"np": np}
    parts = []
    for module in MODULES:
        parts += _Module(module, known).functions()
    tables = {
        name: _plain(known[name]) for name in ("DRUGS", "EMPIRIC", "NARROW", "DETECTION", "SPREAD", "SCALE")
    }
    tables["MIC"] = _plain(_called(known["mic_table"]))
    tables |= {name: _each(known[name]) for name in ("CONCEPTS", "TEXTS")}
    tables["SITES"] = [
        {"name": one.name, "share": one.share, "organisms": one.organisms, "controllable": one.controllable}
        for one in _each(known["SITES"])
    ]
    tables["ORGANISMS"] = [
        {"name": one.name, "acquired_resistance": one.acquired_resistance}
        for one in _each(known["ORGANISMS"])
    ]
    lines = [f"const {name} = {json.dumps(value)};" for name, value in tables.items()]
    lines += [
        f"const {name} = {known[name]!r};" for name in ("STEP", "NEVER_YET", "NEVER", "ORGANISMS_PER_UNIT")
    ]
    moments = frozenset(_each(known["_MOMENTS"]))
    body = {name: "NEVER_YET" if name in moments else "0" for name in _each(known["FIELDS"])}
    records = [_record("Body", body), _record("Person", dict.fromkeys(_each(known["_NUMBERS"]), "0"))]
    return "\n".join([*lines, *records, *parts])


def _record(name: str, fields: dict[str, str]) -> str:
    """A class with these numbers: engines read its fields several times as fast as those of an object that grew.

    Each is first set to a fraction, so that it is kept as a number with a point from the start.
    """
    made = " ".join(f"this.{field} = 0.5;" for field in fields)
    set_to = " ".join(f"this.{field} = {value};" for field, value in fields.items())
    return f"class {name} {{\n  constructor() {{\n    {made}\n    {set_to}\n  }}\n}}"


def numbers_script() -> str:
    """The parameters of the body and the numbers of the usual care, as the page reads them."""
    values = {name: entry["value"] for name, entry in document()["parameters"].items()}
    record = policy_record(Policy())
    care = {name: float(record[name]) for name in record.dtype.names}
    return f"const PARAMETERS = {json.dumps(values)};\nconst USUAL_CARE = {json.dumps(care)};"


def parameters_version() -> str:
    """The version of the body's parameters."""
    return document()["version"]


def _each(value: object) -> list:
    """What a constant of the simulator lists."""
    if not isinstance(value, Iterable):
        raise OpensepsisError(f"A constant of the simulator that was a list is a {type(value).__name__}.")
    return list(value)


def _called(value: object) -> object:
    """What a function of the simulator gives."""
    if not callable(value):
        raise OpensepsisError(f"A function of the simulator is a {type(value).__name__}.")
    return value()


def _plain(value):
    return np.asarray(value).tolist()


class _Module:
    """One module: its constants are worked out in Python, its functions are written as JavaScript."""

    def __init__(self, module: str, known: dict[str, object]):
        self.name, self.known = module.rpartition(".")[2], known
        folder, _, name = f"{PACKAGE}.{module}".rpartition(".")
        self.tree = ast.parse(resources.files(folder).joinpath(f"{name}.py").read_text("utf-8"))
        self.own: set[str] = set()
        self.constants = dict(known)

    def functions(self) -> list[str]:
        kept = []
        for part in self.tree.body:
            if isinstance(part, ast.FunctionDef):
                self.own.add(part.name)
        for part in self.tree.body:
            if isinstance(part, ast.FunctionDef) and self._is_compiled(part):
                kept.append(_Function(part, self).text())
            elif self._worth_running(part):
                code = compile(ast.Module([part], []), f"{self.name}.py in the browser", "exec")
                exec(code, self.constants)
        for name, value in self.constants.items():
            if not name.startswith("__"):
                self.known.setdefault(name, value)
        return kept

    def _is_compiled(self, part: ast.FunctionDef) -> bool:
        return bool(part.decorator_list or self.name == "population") and part.name not in BY_HAND

    def _worth_running(self, part: ast.stmt) -> bool:
        """Constants, and the small classes and functions that they need; nothing that asks for numba."""
        if isinstance(part, ast.ImportFrom):
            return part.module in ("dataclasses", "__future__")
        if isinstance(part, ast.FunctionDef):
            return self.name == "microbes"
        if isinstance(part, ast.ClassDef):
            return self.name == "microbes"
        if isinstance(part, ast.Assign | ast.For):
            return not any(isinstance(one, ast.Name) and one.id == "Path" for one in ast.walk(part))
        return False

    def called(self, name: str) -> str:
        """A function's name in the browser: one that is a module's own carries the module."""
        return f"{name.lstrip('_')}_{self.name}" if name.startswith("_") and name in self.own else name


class _Function:
    def __init__(self, part: ast.FunctionDef, module: _Module):
        self.part, self.module = part, module
        self.parameters = [one.arg for one in part.args.args]
        self.locals: list[str] = []

    def text(self) -> str:
        body = self.block(self.part.body, 1)
        names = [name for name in dict.fromkeys(self.locals) if name not in self.parameters]
        declared = f"  let {', '.join(map(_safe, names))};\n" if names else ""
        head = f"function {self.module.called(self.part.name)}({', '.join(map(_safe, self.parameters))}) {{\n"
        return f"{head}{declared}{body}}}"

    def unknown(self, node: ast.AST):
        return OpensepsisError(
            f"{self.module.name}.py, line {getattr(node, 'lineno', '?')}: "
            f"'{ast.unparse(node)}' cannot be translated for the browser. Add it to translate.py."
        )

    # Statements

    def block(self, statements: list[ast.stmt], depth: int) -> str:
        return "".join(
            "  " * depth + self.statement(one, depth) + "\n" for one in statements if not _words(one)
        )

    def statement(self, one: ast.stmt, depth: int) -> str:
        source = ast.unparse(one)
        if isinstance(one, ast.Assign) and source in LINES:
            self.locals += [target.id for target in one.targets if isinstance(target, ast.Name)]
            return LINES[source]
        name = f"_{type(one).__name__.lower()}"
        if not hasattr(self, name):
            raise self.unknown(one)
        return getattr(self, name)(one, depth)

    def targets(self, target: ast.expr) -> str:
        if isinstance(target, ast.Name):
            self.locals.append(target.id)
            return _safe(target.id)
        if isinstance(target, ast.Tuple):
            return f"[{', '.join(self.targets(each) for each in target.elts)}]"
        return self.value(target)

    def _assign(self, one: ast.Assign, depth: int) -> str:
        value, first = one.value, one.targets[0]
        if len(one.targets) == 1 and isinstance(first, ast.Tuple) and isinstance(value, ast.Tuple):
            return self._several(first, value)
        return " = ".join([*(self.targets(target) for target in one.targets), self.value(value)]) + ";"

    def _several(self, targets: ast.Tuple, values: ast.Tuple) -> str:
        """One after another where no value reads a target that was set before it; as Python does otherwise."""
        pairs = list(zip(targets.elts, values.elts, strict=True))
        done: set[str] = set()
        for target, value in pairs:
            if any(ast.unparse(each) in done for each in ast.walk(value) if isinstance(each, ast.expr)):
                return f"{self.targets(targets)} = {self.value(values)};"
            done.add(ast.unparse(target))
        return " ".join(f"{self.targets(target)} = {self.value(value)};" for target, value in pairs)

    def _augassign(self, one: ast.AugAssign, depth: int) -> str:
        return f"{self.targets(one.target)} {SIGNS[type(one.op)]}= {self.value(one.value)};"

    def _return(self, one: ast.Return, depth: int) -> str:
        return "return;" if one.value is None else f"return {self.value(one.value)};"

    def _expr(self, one: ast.Expr, depth: int) -> str:
        return f"{self.value(one.value)};"

    def _if(self, one: ast.If, depth: int) -> str:
        shut = "  " * depth
        text = f"if ({self.value(one.test)}) {{\n{self.block(one.body, depth + 1)}{shut}}}"
        if len(one.orelse) == 1 and isinstance(one.orelse[0], ast.If):
            return f"{text} else {self._if(one.orelse[0], depth)}"
        return f"{text} else {{\n{self.block(one.orelse, depth + 1)}{shut}}}" if one.orelse else text

    def _while(self, one: ast.While, depth: int) -> str:
        return f"while ({self.value(one.test)}) {{\n{self.block(one.body, depth + 1)}{'  ' * depth}}}"

    def _for(self, one: ast.For, depth: int) -> str:
        inside, shut = self.block(one.body, depth + 1), "  " * depth + "}"
        called, counted = _counted(one.iter)
        if called == "range" and counted:
            name = self.targets(one.target)
            return f"for ({name} = 0; {name} < {self.value(counted)}; {name}++) {{\n{inside}{shut}"
        if called == "enumerate" and counted and isinstance(one.target, ast.Tuple):
            pair = ", ".join(self.targets(each) for each in one.target.elts)
            return f"for ([{pair}] of {self.value(counted)}.entries()) {{\n{inside}{shut}"
        if isinstance(one.iter, ast.Tuple):
            return f"for ({self.targets(one.target)} of {self.value(one.iter)}) {{\n{inside}{shut}"
        raise self.unknown(one)

    def _continue(self, one: ast.Continue, depth: int) -> str:
        return "continue;"

    def _break(self, one: ast.Break, depth: int) -> str:
        return "break;"

    # Expressions

    def value(self, one: ast.expr) -> str:
        name = f"_{type(one).__name__.lower()}"
        if not hasattr(self, name):
            raise self.unknown(one)
        return getattr(self, name)(one)

    def _constant(self, one: ast.Constant) -> str:
        return json.dumps(one.value)

    def _joinedstr(self, one: ast.JoinedStr) -> str:
        return "`" + "".join(map(self._part, one.values)) + "`"

    def _part(self, part: ast.expr) -> str:
        """A piece of a text with values in it."""
        if isinstance(part, ast.FormattedValue):
            return f"${{{self.value(part.value)}}}"
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            return part.value
        raise self.unknown(part)

    def _name(self, one: ast.Name) -> str:
        name = one.id
        if name in self.parameters or name in self.locals:
            return _safe(name)
        held = self.module.constants.get(name)
        if isinstance(held, int | float | np.integer | np.floating) and not isinstance(held, bool):
            return repr(held.item() if isinstance(held, np.generic) else held)
        return self.module.called(name)

    def _attribute(self, one: ast.Attribute) -> str:
        if ast.unparse(one) == "np.nan":
            return "NaN"
        return f"{self.value(one.value)}.{one.attr}"

    def _subscript(self, one: ast.Subscript) -> str:
        held = self.value(one.value)
        if isinstance(one.slice, ast.Constant) and isinstance(one.slice.value, str):
            return f"{held}.{one.slice.value}"
        if isinstance(one.slice, ast.Tuple):
            return held + "".join(f"[{self.value(each)}]" for each in one.slice.elts)
        return f"{held}[{self.value(one.slice)}]"

    def _tuple(self, one: ast.Tuple) -> str:
        return f"[{', '.join(self.value(each) for each in one.elts)}]"

    def _binop(self, one: ast.BinOp) -> str:
        left, right = self.value(one.left), self.value(one.right)
        if isinstance(one.op, ast.Pow):
            return f"({left} * {left})" if _squared(one) else f"Math.pow({left}, {right})"
        if isinstance(one.op, ast.Mod):
            return f"modulo({left}, {right})"
        if type(one.op) not in SIGNS:
            raise self.unknown(one)
        return f"({left} {SIGNS[type(one.op)]} {right})"

    def _unaryop(self, one: ast.UnaryOp) -> str:
        sign = {ast.USub: "-", ast.Not: "!"}[type(one.op)]
        return f"{sign}({self.value(one.operand)})" if not isinstance(one.operand, ast.Constant) else (
            f"({sign}{self.value(one.operand)})"
        )  # fmt: skip

    def _boolop(self, one: ast.BoolOp) -> str:
        return f"({f' {SIGNS[type(one.op)]} '.join(self.value(each) for each in one.values)})"

    def _compare(self, one: ast.Compare) -> str:
        terms = [one.left, *one.comparators]
        pairs = zip(terms, one.ops, terms[1:], strict=False)
        told = [f"{self.value(a)} {SIGNS[type(sign)]} {self.value(b)}" for a, sign, b in pairs]
        return f"({' && '.join(told)})"

    def _ifexp(self, one: ast.IfExp) -> str:
        return f"({self.value(one.test)} ? {self.value(one.body)} : {self.value(one.orelse)})"

    def _call(self, one: ast.Call) -> str:
        if isinstance(one.func, ast.Attribute) and one.func.attr == "astype":
            return f"Number({self.value(one.func.value)})"
        called = ast.unparse(one.func)
        if called == "len":
            return f"{self.value(one.args[0])}.length"
        if one.keywords or (called.startswith("np.") and called not in CALLS):
            raise self.unknown(one)
        name = CALLS.get(called) or self.value(one.func)
        return f"{name}({', '.join(self.value(each) for each in one.args)})"


def _counted(over: ast.expr) -> tuple[str, ast.expr | None]:
    """Of a loop over what a function of one argument gives, its name and that argument."""
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and len(over.args) == 1:
        return over.func.id, over.args[0]
    return "", None


def _squared(one: ast.BinOp) -> bool:
    return (
        isinstance(one.right, ast.Constant)
        and one.right.value == 2
        and isinstance(one.left, ast.Attribute | ast.Name)
    )


def _safe(name: str) -> str:
    return f"{name}_" if name in RESERVED else name


def _words(one: ast.stmt) -> bool:
    return isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)

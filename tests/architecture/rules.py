"""What may be said in one place only, as functions from a module to what it says against the rule."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import PRODUCT, Finding, Module, keywords, names, nodes, strings

CLOCKS = re.compile(
    r"""(^|\.)(
        datetime\.(now|utcnow|today) | date\.today | currentDate | currentTime | currentDateTime | currentDateTimeUtc
        | currentMSecsSinceEpoch | currentSecsSinceEpoch | QElapsedTimer | func\.(now|current_\w+)
    )$
    | ^time\.(time|monotonic|perf_counter|process_time|thread_time)(_ns)?$
    | ^time\.(localtime|gmtime|ctime|asctime|clock_gettime)(_ns)?$""",
    re.VERBOSE,
)
SQL_CLOCKS = re.compile(
    r"\b(current_(date|time|timestamp)|(clock|statement|transaction)_timestamp|now\s*\(|'now')", re.I
)
# uuid5 and a seeded Random make the same each time; waits vary, passwords are drawn, nonces are bytes: none is an id.
CHANCE = re.compile(r"^(uuid\.uuid[14678]|secrets\.(?!choice$|randbelow$).+|random\.(?!random$|uniform$|Random$).+)$")
SQL_CHANCE = re.compile(r"\b(gen_random_uuid|uuid_generate_\w+|uuidv[47]|randomblob|random)\s*\(", re.I)
SCHEMAS = re.compile(
    r"\b(search_path(?! from current)|set\s+(local\s+|session\s+)?role|(create|drop|alter)\s+schema|public\.\w)", re.I
)
THREADS = re.compile(
    r"(^|\.)(QTimer(\.\w+)?|QThread|QThreadPool|QRunnable|startTimer|threading\.(Thread|Timer)|ThreadPoolExecutor)$"
)

NO_PARTS = re.compile(r"\.(itemAt|itemAtPosition|focusProxy|nextInFocusChain|previousInFocusChain)$")


def asks_the_time(module: Module) -> Iterator[Finding]:
    """Find every question to a clock, Python's, Qt's or the database's."""
    yield from _names(module, CLOCKS)
    yield from _strings(module, SQL_CLOCKS)


def writes_a_time(module: Module) -> Iterator[Finding]:
    """Find formats of the clock and of names: `%a` speaks the computer's language, `%H` does not ask the business."""
    yield from _strings(module, re.compile(r"%-?[aAbBcHpxX](?!\w)"))
    yield from _names(module, re.compile(r"\.(ShortFormat|timeFormat)$"))


def takes_chance(module: Module) -> Iterator[Finding]:
    """Find everything that could make an id by chance."""
    yield from _names(module, CHANCE)
    yield from _strings(module, SQL_CHANCE)


def names_a_schema(module: Module) -> Iterator[Finding]:
    """Find SQL that chooses a schema or a role, and tables bound to a schema."""
    yield from _strings(module, SCHEMAS)
    for called, keyword, value in keywords(module):
        if called in {"Table", "MetaData", "execution_options"} and keyword in {"schema", "schema_translate_map"}:
            yield module.finding(value, f"{called}({keyword}=…)")


def replaces_rows(module: Module) -> Iterator[Finding]:
    """Find writes that delete a row to write it again, or that rebuild a table: both lose triggers and references."""
    yield from _strings(module, re.compile(r"\b(insert\s+or\s+replace|replace\s+into)\b", re.I))
    for called, keyword, value in keywords(module):
        if keyword in {"replace", "alter"} and isinstance(value, ast.Constant) and value.value is True:
            yield module.finding(value, f"{called}({keyword}=True)")


def rebuilds_a_table(module: Module) -> Iterator[Finding]:
    """Find `transform`, which drops the triggers of the table that it rebuilds."""
    yield from _names(module, re.compile(r"\.transform(_sql)?$"))


def turns_the_event_loop(module: Module) -> Iterator[Finding]:
    """Find nested turns of Qt's event loop: whatever they let in, comes in the middle of a method."""
    yield from _names(module, re.compile(r"(^|\.)(processEvents|sendPostedEvents)$"))


def starts_a_thread(module: Module) -> Iterator[Finding]:
    """Find threads and timers."""
    yield from _names(module, THREADS)


def asks_for_what_is_no_part(module: Module) -> Iterator[Finding]:
    """Find methods that give what does not belong to the widget asked: the binding believes that it does.

    It keeps the items of a layout, which Qt deletes, and holds what gets a widget's focus by that widget alone.
    """
    yield from _names(module, NO_PARTS)


def collects(module: Module) -> Iterator[Finding]:
    """Find what says when garbage is looked for: on another thread than that of the windows it takes them apart."""
    yield from _names(module, re.compile(r"^gc\.(?!get_|is)\w+$"))


def knows_by_type_alone(module: Module) -> Iterator[Finding]:
    """Find what is imported for types alone out of another room: the import contracts leave such imports alone."""
    room = module.path.split("/")[:2]
    for node in nodes(module):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for inner in ast.walk(node):
                said = inner.module or "" if isinstance(inner, ast.ImportFrom) else ""
                if said.split(".")[0] in PRODUCT and said.split(".")[:2] != room:
                    yield module.finding(node, said)


def can_be_changed(module: Module) -> Iterator[Finding]:
    """Find dataclasses that are not frozen or not slotted."""
    for node in nodes(module):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            said = ast.unparse(decorator)
            if re.match(r"(dataclasses\.)?dataclass\b", said) and not ("frozen=True" in said and "slots=True" in said):
                yield module.finding(node, f"@{said} class {node.name}")


def _names(module: Module, pattern: re.Pattern[str]) -> Iterator[Finding]:
    return (module.finding(node, said) for said, node in names(module) if pattern.search(said))


def _strings(module: Module, pattern: re.Pattern[str]) -> Iterator[Finding]:
    found = ((node, pattern.search(said)) for said, node in strings(module))
    return (module.finding(node, match.group(0)) for node, match in found if match)

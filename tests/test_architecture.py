"""Promises about the code as a whole, which no single page would break visibly."""

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.template.loader import get_template

from tests.admin_pages import LOADED_WHOLE

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
NOT_OURS = {
    ".git",
    ".venv",
    "var",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}
MOST_LINES, MOST_MODULES = 300, 12
# Django finds these by their names.
FOUND_BY_NAME = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}


def project_files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts):
            yield path


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_no_room_is_too_large_to_know():
    """A module fits a screen or six, a folder a glance."""
    modules = [path for app in ("pimms_directory", "sites", "labels") for path in (ROOT / app).rglob("*.py")]
    assert len(modules) > 100
    ours = [path for path in modules if "migrations" not in path.parts]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
    rooms = Counter(str(path.parent.relative_to(ROOT)) for path in ours)
    assert {name: count for name, count in rooms.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "labels").rglob("*.py")), ids=lambda path: path.name)
def test_labels_know_nothing_of_sites(path):
    assert not [name for name in imported_modules(path) if name.split(".")[0] == "sites"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "pimms_directory" / "editing").rglob("*.py")), ids=lambda path: path.name
)
def test_editing_knows_no_record_in_particular(path):
    assert not [name for name in imported_modules(path) if name.split(".")[0] in ("labels", "directory")]


@pytest.mark.parametrize(
    "model", [*apps.get_app_config("labels").get_models(), *apps.get_app_config("directory").get_models()]
)
def test_staff_can_edit_every_model(model):
    if model in LOADED_WHOLE:
        return
    # A week, an old name, a line or a figure may be edited on the page of what it belongs to.
    inlines = {inline.model for each in admin.site._registry.values() for inline in each.inlines}
    assert admin.site.is_registered(model) or model in inlines


def test_every_template_is_used():
    literal = re.compile(r"""["']([\w./-]+\.(?:html|txt|xml|atom|svg))["']""")
    used = set(FOUND_BY_NAME)
    for path in project_files():
        if path.suffix not in {".py", *(file.suffix for file in TEMPLATES.rglob("*.*"))} or "tests" in path.parts:
            continue
        for name in literal.findall(path.read_text(encoding="utf-8", errors="replace")):
            if name.startswith(".") and path.is_relative_to(TEMPLATES):
                folder = path.parent.relative_to(TEMPLATES).as_posix()
                name = posixpath.normpath(posixpath.join(folder, name))
            if path != TEMPLATES / name:
                used.add(name)
    for app in ("labels", "directory"):
        for model in apps.get_app_config(app).get_models():
            used |= {f"{app}/{model._meta.model_name}{suffix}.html" for suffix in ("_list", "_detail", "_filter")}
    templates = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")}
    # Overridden templates of the admin are asked for by the admin.
    assert {name for name in templates - used if not name.startswith("admin/")} == set()


@pytest.mark.parametrize("name", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")))
def test_every_template_can_be_parsed(name):
    get_template(name)


def test_mobile_number_of_the_press_contact_is_nowhere():
    """The releases print a person's mobile telephone; a directory of desks has no business keeping it."""
    pairs = ("06", "78", "61", "38", "26")
    number = re.compile(r"(?:\+33\s*\(?0?\)?\s*|0)" + r"[\s.\-/]*".join((pairs[0][1:], *pairs[1:])))
    found = [
        path.relative_to(ROOT).as_posix()
        for path in project_files()
        if number.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def production_modules() -> Iterator[tuple[str, ast.AST]]:
    for app in ("pimms_directory", "sites", "labels"):
        for path in sorted((ROOT / app).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


RUN_TEXT = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "Template", "Engine", "from_string"}
READ_OBJECTS = {"pickle", "marshal", "shelve", "dill", "yaml", "jsonpickle"}


def test_code_runs_no_text_and_makes_no_objects_of_what_came_from_elsewhere():
    """Programs are started by commands of operators alone, with lists of arguments and never by a shell."""
    starting = set()
    for name, tree in production_modules():
        for called, call in calls(tree):
            assert called not in RUN_TEXT and called.rpartition(".")[2] != "from_string", (name, called)
            if called.startswith("subprocess."):
                starting.add(name)
                assert not [each for each in call.keywords if each.arg == "shell"], name
                assert not isinstance(call.args[0], ast.JoinedStr | ast.Constant), "a list"
    assert starting == {"pimms_directory/backups/postgresql.py", "pimms_directory/base/version.py"}
    for name, _tree in production_modules():
        assert not READ_OBJECTS & {module.partition(".")[0] for module in imported_modules(ROOT / name)}, name


CRYPTOGRAPHY = {"hashlib", "hmac", "secrets", "ssl", "cryptography", "nacl", "jwt", "django.core.signing"}


def test_cryptography_is_what_the_inventory_names():
    found = set()
    for name, tree in production_modules():
        imported = {*imported_modules(ROOT / name)}
        imported |= {"django.core.signing"} & {
            f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        if CRYPTOGRAPHY & {each for module in imported for each in (module, module.partition(".")[0])}:
            found.add(name)
        hashes = {called.partition(".")[2] for called, _call in calls(tree) if re.fullmatch(r"hashlib\.\w+", called)}
        assert hashes <= {"sha256", "file_digest"}, name
        for called, call in calls(tree):
            if called == "hashlib.file_digest":
                assert ast.literal_eval(call.args[1]) == "sha256", name
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("## Keys")[2].partition("\n## ")[0]
    assert found == set(re.findall(r"`((?:pimms_directory|sites|labels)/[\w/]+\.py)`", text))

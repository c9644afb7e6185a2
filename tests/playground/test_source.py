"""What no file of ours may do, found in its syntax tree: run code from data, reach the network, open files by name.

Each exception is named with its file; the reason stands there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

FILES = sorted(
    path
    for folder in ("models_core", "playground", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

# Reading what one of these wrote can run it.
UNPICKLERS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
NETWORK = {
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "urllib3",
    "smtplib",
    "websockets",
}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
RUNS_FILES = {"torch.load", "torch.jit.load", "torch.hub", "os.system", "os.popen", "shutil.unpack_archive", "onnx.hub"}
NAMES = {"mark_safe", "csrf_exempt", "RawSQL", "extractall", "extra", "unpack_archive", "spec_from_file_location"}
IMPORT = "importlib.import_module"

ALLOWED = {
    # A function of the person's own, named on the command line; the site has no way there.
    ("models_core/commands/import_.py", IMPORT),
    ("models_core/commands/import_.py", "spec_from_file_location"),
    # Built-in data sets, from addresses that stand in the code.
    ("models_core/data/_download.py", "urllib.request"),
    ("models_core/data/_download.py", "http.client"),
    # Asks the process beside it, at an address of its own.
    ("playground/ops/management/commands/health.py", "urllib.request"),
    # Names that stand in the code, in settings, or in the folder beside it.
    *(
        (path, IMPORT)
        for path in (
            "models_core/cli.py",
            "models_core/commands/forkserver.py",
            "models_core/compile/code/_bundle.py",
            "models_core/data/__init__.py",
            "models_core/importing/ops/__init__.py",
            "models_core/registry.py",
            "models_core/tasks/__init__.py",
            "playground/up/web.py",
            "playground/web/gate.py",
        )
    ),
}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of attributes; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def keyword(call: ast.Call, name: str) -> object:
    value = next((word.value for word in call.keywords if word.arg == name), None)
    return value.value if isinstance(value, ast.Constant) else value


def faults(tree: ast.AST) -> Iterator[str]:
    """Everything in a file that is forbidden, each by its name."""
    for node in ast.walk(tree):
        for name in imported(node):
            if name.split(".")[0] in UNPICKLERS or name in NETWORK or name in RUNS_FILES:
                yield name
            if name.rsplit(".", 1)[-1] in NAMES:
                yield name.rsplit(".", 1)[-1]
        if isinstance(node, ast.Attribute) and dotted(node) in RUNS_FILES:
            yield dotted(node)
        if isinstance(node, ast.Call):
            yield from called(node)


def called(node: ast.Call) -> Iterator[str]:
    name = dotted(node.func)
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name
    if name in RUNS_TEXT or name.startswith("builtins."):
        yield name
    if last in NAMES:
        yield last
    if name.endswith("objects.raw"):
        yield "objects.raw"
    if name in (IMPORT, "import_module") and not isinstance(node.args[0], ast.Constant):
        yield IMPORT
    if name in ("np.load", "numpy.load", "np.save", "numpy.save") and keyword(node, "allow_pickle") is not False:
        yield name
    if name in ("onnx.load", "onnx.load_model") and keyword(node, "load_external_data") is not False:
        yield name
    if keyword(node, "shell") is True:
        yield "shell=True"
    if keyword(node, "autoescape") is False:
        yield "autoescape=False"
    if last in ("execute", "executemany") and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
        yield "SQL put together from text"


def test_nothing_runs_data() -> None:
    found = {(path, name) for path, tree in TREES.items() for name in faults(tree)}
    assert found == ALLOWED, "forbidden, or an exception that is not needed any more"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("from pickle import loads", "pickle.loads"),
        ("torch.load(path, weights_only=True)", "torch.load"),
        ("from torch import load", "torch.load"),
        ("eval(text)", "eval"),
        ("np.load(path)", "np.load"),
        ("archive.extractall(folder)", "extractall"),
        ("subprocess.run(text, shell=True)", "shell=True"),
        ("import_module(name)", "importlib.import_module"),
        ("from django.utils.safestring import mark_safe", "mark_safe"),
        ("cursor.execute(f'SELECT {name}')", "SQL put together from text"),
        ("onnx.load(path)", "onnx.load"),
        ("Run.objects.raw(text)", "objects.raw"),
        ("import requests", "requests"),
        ("from urllib.request import urlopen", "urllib.request"),
    ],
)
def test_what_is_forbidden_is_found(source: str, name: str) -> None:
    assert name in set(faults(ast.parse(source)))


DOORS = [
    path
    for path in TREES
    if path.startswith("playground/") and path.endswith(("/api.py", "/views.py", "/consumers.py", "/admin.py"))
]


def test_doors_know_no_paths() -> None:
    """Files are reached by rows, through the module of their app that knows where they lie."""
    assert len(DOORS) > 15
    for path in DOORS:
        names = {name.split(".")[0] for node in ast.walk(TREES[path]) for name in imported(node)}
        assert not names & {"os", "shutil", "pathlib", "tempfile", "zipfile", "glob", "io"}, path
        calls = {dotted(node.func) for node in ast.walk(TREES[path]) if isinstance(node, ast.Call)}
        assert not calls & {"open", "Path"}, path


def test_downloads_come_from_addresses_in_the_code() -> None:
    """Who downloads are the readers of built-in data, and their addresses are constants."""
    users = [
        path
        for path, tree in TREES.items()
        if any(isinstance(node, ast.ImportFrom) and "_download" in (node.module or "") for node in ast.walk(tree))
    ]
    assert users
    assert all(path.startswith("models_core/data/") for path in users)
    addresses = {
        node.value
        for path in users
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" in node.value
    }
    assert addresses
    assert all(re.fullmatch(r"https://[\w.-]+/[\w./~-]*", address) for address in addresses), addresses


HTML = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function|\beval\(|srcdoc|dangerouslySetInnerHTML"
)
# The server has highlighted and escaped it.
CODE = "static/src/editor/code/CodeText.tsx"


def test_the_browser_makes_no_html_of_text() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): set(HTML.findall(path.read_text(encoding="utf-8")))
        for path in (ROOT / "static/src").rglob("*.ts*")
        if ".test." not in path.name
    }
    assert len(found) > 100
    assert {path: names for path, names in found.items() if names} == {CODE: {"dangerouslySetInnerHTML"}}


# Pictures and formulas of the catalogue, made here of documents that stand in the code.
SAFE = {"papers/detail.html": {"line|safe", "figure.svg|safe"}}


def test_templates_escape_and_forms_carry_a_token() -> None:
    unescaped = {}
    for path in (ROOT / "templates").rglob("*.html"):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT / "templates").as_posix()
        if marks := set(re.findall(r"[\w.]+\|(?:safe|safeseq)\b|autoescape off", text)):
            unescaped[name] = marks
        for form in re.findall(r"<form[^>]*method=.post.*?</form>", text, re.DOTALL | re.IGNORECASE):
            assert "{% csrf_token %}" in form, name
    assert unescaped == SAFE

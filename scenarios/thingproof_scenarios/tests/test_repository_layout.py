"""The shape of the repository is declared here and checked: same question, same file name."""

import ast
from pathlib import Path

import pytest

from thingproof_contracts import VENDORS, load
from thingproof_scenarios.vendors import scenes

ROOT = Path(__file__).resolve().parents[3]
COMPONENTS = {
    "sim": {"thingproof_wire", "thingproof_sim"},
    "platform": {"thingproof_platform"},
    "conformance": {"thingproof_contracts", "thingproof_conformance"},
    "scenarios": {"thingproof_scenarios"},
    "reports": {"thingproof_reports"},
}
PACKAGES = sorted(
    ROOT / component / package for component, packages in COMPONENTS.items() for package in packages
)
VENDOR_FILES = {"__init__.py", "errors.py", "auth.py", "push.py", "faults.py"}
VENDOR_FOLDERS = {"handlers"}
EITHER = ({"service.py", "service"}, {"shapes.py", "shapes"})
"""Concepts of the vendor's own and its shapes: a file, or a folder once it is too long for one."""
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "misc", "common", "base", "stuff"}
LONGEST_FILE = 450
GENERATED = {"models.py"}

pytestmark = pytest.mark.skipif(not (ROOT / "tox.ini").exists(), reason="not run from a checkout")


def python_files() -> list[Path]:
    """Every Python file of the packages."""
    return sorted(path for package in PACKAGES for path in package.rglob("*.py"))


def functions(path: Path) -> set[str]:
    """The names of the public functions at the top of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def tag_and_function(operation_id: str) -> tuple[str, str]:
    """``gizwits.devices.raw_data`` is ``raw_data`` in ``devices.py``."""
    _, tag, *rest = operation_id.split(".")
    return tag, "_".join(rest)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_folder_holds_packages_and_a_readme(component: str) -> None:
    """Nothing importable stands where it could shadow the standard library."""
    entries = {entry.name for entry in (ROOT / component).iterdir() if not entry.name.startswith((".", "_"))}
    assert entries == COMPONENTS[component] | {"README.md"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_is_typed_and_says_what_it_is(package: Path) -> None:
    """Every package carries py.typed and a docstring."""
    assert (package / "py.typed").exists()
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_folder_holds_exactly_the_agreed_files(vendor: str) -> None:
    """The vendors read alike because their folders hold the same files; long lists of faults have parts."""
    folder = ROOT / "platform" / "thingproof_platform" / "vendors" / vendor
    entries = {entry.name for entry in folder.iterdir() if entry.name != "__pycache__"}
    assert entries >= VENDOR_FILES | VENDOR_FOLDERS
    parts = {name for name in entries if name.startswith("faults_")}
    rest = entries - VENDOR_FILES - VENDOR_FOLDERS - parts
    assert all(len(rest & choice) == 1 for choice in EITHER)
    assert rest <= set().union(*EITHER)


@pytest.mark.parametrize("vendor", VENDORS)
def test_operations_and_handlers_are_the_same_set(
    vendor: str,
) -> None:
    """Contract and platform name the same operations."""
    folder = ROOT / "platform" / "thingproof_platform" / "vendors" / vendor / "handlers"
    handlers = {
        (path.stem, name)
        for path in folder.glob("*.py")
        if path.stem != "__init__"
        for name in functions(path)
    }
    documented = {tag_and_function(operation_id) for operation_id in load(vendor).operations}
    assert handlers == documented


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_operation_of_the_contract_has_cases(vendor: str) -> None:
    """Each operation has at least one ``test_<operation>__<case>`` in a ``test_<tag>*.py`` of its suite."""
    folder = ROOT / "conformance" / "thingproof_conformance" / "suites" / vendor
    tags = {operation.tag for operation in load(vendor).operations.values()}
    cases: dict[str, set[str]] = {tag: set() for tag in tags}
    for path in folder.glob("test_*.py"):
        fitting = [tag for tag in tags if path.stem == f"test_{tag}" or path.stem.startswith(f"test_{tag}_")]
        if fitting:
            cases[max(fitting, key=len)] |= functions(path)
    for operation_id in load(vendor).operations:
        tag, name = tag_and_function(operation_id)
        prefix = f"test_{name}__"
        assert any(case.startswith(prefix) for case in cases[tag]), (
            f"{operation_id}: no {prefix}… in test_{tag}*.py"
        )


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_has_its_place_in_every_part(vendor: str) -> None:
    """Contract, dialect, suites, target and the row of the commands: nothing of a vendor is elsewhere."""
    conformance = ROOT / "conformance" / "thingproof_conformance"
    for path in (
        ROOT / "conformance" / "thingproof_contracts" / vendor / "openapi.yaml",
        ROOT / "conformance" / "thingproof_contracts" / vendor / "asyncapi.yaml",
        ROOT / "platform" / "thingproof_platform" / "vendors" / vendor / "__init__.py",
        conformance / "vendors" / vendor / "target.py",
        conformance / "vendors" / vendor / "valid",
        conformance / "suites" / vendor / "__init__.py",
        ROOT / "scenarios" / "thingproof_scenarios" / "vendors" / f"{vendor}.py",
        ROOT / "scenarios" / "thingproof_scenarios" / "load" / f"{vendor}_user.py",
    ):
        assert path.exists(), path.relative_to(ROOT)
    assert scenes(vendor).name == vendor


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_operation_has_a_valid_call(vendor: str) -> None:
    """Generated negatives start from ``valid/<tag>.py``: one module for each tag of the contract."""
    folder = ROOT / "conformance" / "thingproof_conformance" / "vendors" / vendor / "valid"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules >= {operation.tag for operation in load(vendor).operations.values()}


def test_modules_have_names_that_say_what_is_in_them() -> None:
    """No module is called utils, helpers or the like; suites/common holds stories over all vendors."""
    names = {
        part
        for path in python_files()
        if "suites" not in path.parts
        for part in (*path.relative_to(ROOT).parts[:-1], path.stem)
    }
    assert names & VAGUE_NAMES == set()


def test_files_stay_short_enough_to_hold_in_the_head() -> None:
    """Written files stay under the limit; generated models may be longer."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
        if path.name not in GENERATED
    }
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}

"""The structure the README draws, held to: who imports whom, how large files are, what an import costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autocomplete

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("autocomplete", "training", "export") for path in (ROOT / package).glob("*.py"))


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_imports_keep_their_contracts() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed: pip install -e '.[dev]'")
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = _python("import sys, autocomplete; print({'numba', 'numpy', 'click', 'sentencepiece'} & set(sys.modules))")
    assert loaded.strip() == "set()"


def test_a_suggestion_never_loads_a_training_framework() -> None:
    code = (
        "import sys, autocomplete; autocomplete.load().suggest('See you tomo')\n"
        "print({name.split('.')[0] for name in sys.modules} & {'torch', 'training', 'export', 'jax', 'tensorflow'})"
    )
    assert _python(code).strip() == "set()"


def test_the_public_names_are_real_sorted_and_complete() -> None:
    assert autocomplete.__all__ == sorted(autocomplete.__all__)
    for name in autocomplete.__all__:
        assert getattr(autocomplete, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = autocomplete.nonsense
    tree = ast.parse((ROOT / "autocomplete" / "__init__.py").read_text())
    typed = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(autocomplete.__all__) <= typed


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_has_one_responsibility_and_says_which(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    assert path.stem not in {"utils", "helpers", "common", "core", "misc"}
    assert ast.get_docstring(ast.parse(text)), "the module does not say what it owns"


def test_compiled_functions_live_in_files_of_their_own() -> None:
    assert [path.name for path in SOURCES if re.search(r"^\s*(from|import) numba", path.read_text(), re.M)] == [
        "adapter_kernels.py",
        "kernel_compiler.py",
        "kernels.py",
        "share_kernels.py",
        "trie_kernels.py",
    ]


def test_every_error_has_a_parent_and_a_docstring() -> None:
    from autocomplete import errors

    tree = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if isinstance(value, type):
            assert issubclass(value, errors.AutocompleteError)
            assert value.__doc__
            assert name in tree


def test_the_wheel_holds_the_runtime_and_its_bundle(tmp_path: Path) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    setuptools = project["tool"]["setuptools"]
    assert setuptools["packages"]["find"]["include"] == ["autocomplete*"]
    assert "*.bundle" in setuptools["package-data"]["autocomplete"]
    assert (ROOT / "autocomplete" / "en.bundle").stat().st_size <= 12_000_000
    assert project["project"]["version"] == autocomplete.__version__

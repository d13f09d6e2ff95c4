"""The bench: the README's tables are those of the committed result files, parts are whole, and a small run works."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.command import chosen_parts, main
from bench.covered_by_tests import Covered, by_package
from bench.mutation_plan import LEFT_OUT, PLAN
from bench.part import Table
from bench.parts import PARTS
from bench.peak_memory import peak_megabytes
from bench.readme import block, marked, with_tables
from bench.result_file import RESULTS, Result, read_result, write_result

FILES = sorted(RESULTS.glob("*.json"))


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def result(name: str = "some-part", *, quick: bool = False) -> Result:
    table = Table(("way", "bp"), (("ours", "1.5"), ("a|b", "2.0")), ("What is equal.",), "seed 7", {"ours": 1.5})
    return Result(name, "A title", quick, table, {"date": "2026-01-01", "machine": "one"}, 2.0)


def test_the_readmes_tables_are_those_of_the_result_files(readme: str) -> None:
    assert with_tables(readme) == readme, "run python -m bench readme --write"


def test_the_readme_shows_every_table_that_is_meant_for_it(readme: str) -> None:
    assert sorted(marked(readme)) == sorted(part.name for part in PARTS if part.in_readme)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_result_files_are_whole_and_of_the_full_size(path: Path) -> None:
    found = read_result(path)
    part = next(part for part in PARTS if part.name == path.stem)
    assert (found.part, found.shows, found.quick) == (part.name, part.shows, False)
    assert found.table.rows
    assert all(len(row) == len(found.table.columns) for row in found.table.rows)
    assert {"date", "commit", "machine", "python", "versions"} <= set(found.measured_with)
    assert found.table.seeds
    # Measured on a tree that is a commit, so that it can be measured again.
    assert not found.measured_with["commit"].endswith("+")
    assert not found.measured_with["missing"]


def test_parts_have_names_of_their_own_and_groups_run_them() -> None:
    names = [part.name for part in PARTS]
    assert len(names) == len(set(names))
    assert not set(names) & {part.group for part in PARTS}
    assert [part.group for part in chosen_parts(["quality"])] == ["quality"] * 3
    assert "program" not in {part.group for part in chosen_parts([])}
    with pytest.raises(SystemExit, match="no part or group 'nonsense'"):
        chosen_parts(["nonsense"])


def test_every_program_of_the_bench_is_a_part(root: Path) -> None:
    programs = {part.name for part in PARTS if part.group == "program"}
    alone = {
        path.stem
        for path in (root / "bench").glob("*.py")
        if "__main__" in path.read_text(encoding="utf-8") and not path.stem.startswith("__")
    }
    # They run within other parts: one size in a process of its own, what the defaults of risk models came from.
    assert alone - programs == {"one_size", "risk_experiments"}
    assert programs <= alone


def test_no_room_imports_the_bench(sources: dict[str, Path]) -> None:
    wrong = []
    for module, path in sources.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [module for name in names if name.split(".")[0] == "bench"]
    assert not wrong


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_result(write_result(result(), tmp_path)) == result()


def test_a_table_that_differs_is_seen_and_made_anew(tmp_path: Path) -> None:
    write_result(result(), tmp_path)
    text = "before\n<!-- bench:some-part -->\nstale\n<!-- /bench:some-part -->\nafter\n"
    made = with_tables(text, tmp_path)
    assert made != text
    assert made == f"before\n<!-- bench:some-part -->\n{block(result())}<!-- /bench:some-part -->\nafter\n"
    assert "| a\\|b | 2.0 |" in made
    assert with_tables(made, tmp_path) == made


def test_no_table_is_made_of_a_small_run_or_of_nothing(tmp_path: Path) -> None:
    text = "<!-- bench:some-part -->\n<!-- /bench:some-part -->\n"
    with pytest.raises(ValueError, match="run python -m bench some-part"):
        with_tables(text, tmp_path)
    write_result(result(quick=True), tmp_path)
    with pytest.raises(ValueError, match="not for publishing"):
        with_tables(text, tmp_path)


@pytest.mark.slow
def test_a_small_run_prints_and_writes_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["speed-engines", "quality-rivals", "quality-bound"]
    assert main([*names, "--quick", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for name in names:
        found = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        assert found["quick"]
        assert found["shows"] in " ".join(printed.split())
        assert all(row[0] in printed for row in found["rows"])
    engines = json.loads((tmp_path / "speed-engines.json").read_text(encoding="utf-8"))
    # Every solver found the same value; those that cannot be installed are said to be missing.
    assert all(float(row[-1]) < 1e-4 for row in engines["rows"])
    rivals = json.loads((tmp_path / "quality-rivals.json").read_text(encoding="utf-8"))["figures"]
    equal = {name: value for name, value in rivals.items() if name.endswith(": equal, saved")}
    assert equal
    assert all(value >= rivals[name.replace("equal", "rival")] * (1 - 1e-6) for name, value in equal.items())
    assert "faults that the auditor finds in our own lists: 0" in printed.lower()


def test_a_part_that_lacks_what_it_needs_is_skipped_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study-real", "--market", str(tmp_path), "--out", str(tmp_path)]) == 0
    assert "study-real: skipped: no market folder" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_coverage_is_added_up_by_package() -> None:
    def found(*counts: int) -> dict[str, dict[str, int]]:
        keys = ("covered_lines", "num_statements", "covered_branches", "num_branches")
        return {"summary": dict(zip(keys, counts, strict=True))}

    files = {"tax/a.py": found(8, 10, 1, 2), "tax/b/c.py": found(9, 10, 0, 0), "risk/d.py": found(5, 5, 3, 4)}
    covered = by_package(files)
    assert covered["tax"] == Covered(17, 20, 1, 2)
    assert covered["tax"].share == pytest.approx(18 / 22)
    assert covered["risk"].share == pytest.approx(8 / 9)
    assert covered["audit"].share == 0


def test_every_module_of_the_rules_and_the_audit_is_judged_by_mutants_or_left_out_for_a_reason(root: Path) -> None:
    paths = [path for package in ("tax", "audit") for path in (root / package).glob("*.py")]
    modules = {f"{path.parent.name}/{path.name}" for path in paths if path.name != "__init__.py"}
    assert modules == {module for module in PLAN if not module.startswith("optimizer/")} | LEFT_OUT.keys()
    assert not LEFT_OUT.keys() & PLAN.keys()


def test_what_mutants_are_judged_by_is_there(root: Path) -> None:
    asked = {test.partition("::")[::2] for tests in PLAN.values() for test in tests}
    assert [name for name in PLAN if not (root / name).is_file()] == []
    assert [(file, test) for file, test in asked if f"def {test}" not in (root / file).read_text("utf-8")] == []


def test_peak_memory_is_that_of_the_program_and_not_of_what_started_it(root: Path) -> None:
    held = bytearray(b"x" * 400_000_000)
    command = [sys.executable, "-c", "from bench.peak_memory import peak_megabytes; print(peak_megabytes())"]
    told = float(subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout)
    assert 1 < told < 200 or not Path("/proc/self/status").is_file()
    assert peak_megabytes() > len(held) / 2**20

"""The distributions: each carries the components."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
DIST = PROJECT.parents[1] / "dist"
COMPONENTS = ("session-recovery.wasm", "session-recovery-report.wasm")


def build(project: Path, target: str, into: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def wheel_in(directory: Path) -> zipfile.ZipFile:
    (path,) = directory.glob("*.whl")
    return zipfile.ZipFile(path)


def assert_carries_the_components(wheel: zipfile.ZipFile) -> None:
    for name in COMPONENTS:
        assert wheel.read(f"session_recovery/{name}") == (DIST / name).read_bytes()


def test_the_wheel_carries_the_components_and_its_types(tmp_path: Path) -> None:
    assert build(PROJECT, "wheel", tmp_path).returncode == 0
    with wheel_in(tmp_path) as wheel:
        assert_carries_the_components(wheel)
        assert "session_recovery/py.typed" in wheel.namelist()
        assert not [name for name in wheel.namelist() if "test" in name]


def test_a_wheel_can_be_built_from_the_source_distribution_alone(tmp_path: Path) -> None:
    assert build(PROJECT, "sdist", tmp_path).returncode == 0
    (archive,) = tmp_path.glob("*.tar.gz")
    # The module's own way has no safe form in the first releases of Python 3.11.
    shutil.unpack_archive(archive, tmp_path)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert build(unpacked, "wheel", tmp_path).returncode == 0
    with wheel_in(tmp_path) as wheel:
        assert_carries_the_components(wheel)


def test_without_the_component_the_build_says_what_to_do(tmp_path: Path) -> None:
    project = tmp_path / "examples" / "python"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("*.wasm", ".*", "dist"))
    failed = build(project, "wheel", tmp_path)
    assert failed.returncode != 0
    assert "Run `cargo xtask build` first" in failed.stderr

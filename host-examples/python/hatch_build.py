"""Adds to the distributions what is elsewhere in the repository: components and licence."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "session_recovery"
# By their names in the package; where the repository has them.
FILES = {
    "session-recovery.wasm": "dist/session-recovery.wasm",
    "session-recovery-report.wasm": "dist/session-recovery-report.wasm",
    "LICENSE": "LICENSE",
}


class RepositoryFilesHook(BuildHookInterface[Any]):
    """Adds the files to a wheel or a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files that are to be added, and where they go."""
        target = f"src/{PACKAGE}" if self.target_name == "sdist" else PACKAGE
        for name, place in FILES.items():
            source = self._source(name, place)
            if version == "editable":
                self._link(name, source)
            else:
                build_data["force_include"][str(source)] = f"{target}/{name}"

    def _source(self, name: str, place: str) -> Path:
        """Find a file: a source distribution, unlike the repository, carries it."""
        root = Path(self.root)
        if (root / "PKG-INFO").is_file():
            return root / "src" / PACKAGE / name
        source = root.parents[1] / place
        if not source.is_file():
            message = f"{source} is missing. Run `cargo xtask build` first."
            raise FileNotFoundError(message)
        return source

    def _link(self, name: str, source: Path) -> None:
        """Let the sources, which an editable installation uses, find a file."""
        link = Path(self.root) / "src" / PACKAGE / name
        link.unlink(missing_ok=True)
        link.symlink_to(source)

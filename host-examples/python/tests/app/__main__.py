"""`python -m app --original DIR --drop-in DIR --work DIR`: compares, and prints tables."""

import argparse
import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from app import damage, differences, expected, trial, upstream
from app.differences import Difference
from app.serving import Application
from app.trial import Trial

_FEWEST_STARTS, _MOST_STARTS = 6, 20
_PARTS = ("tests", "layouts", "starts", "deletion")
_EVERY_DAMAGE = next(iter(damage.LAYOUTS))

# Root without its rights is a user that owns the directory, and may change no owners.
_WITHOUT_CAPABILITIES = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")

Runs = Callable[[Application, Path], Trial]


def main() -> int:
    """Run all parts; give 1 if there is a difference that is not documented."""
    arguments = _arguments()
    work: Path = arguments.work
    pair = [
        Application(folder, work / "state") for folder in (arguments.original, arguments.drop_in)
    ]
    work.mkdir(parents=True, exist_ok=True)
    found: list[Difference] = []
    if "tests" in arguments.only:
        found += _upstream(pair, work)
    if arguments.only != ["tests"]:
        found += _trials(arguments, pair, _made(pair[0], work))
    return _reported(found)


def _trials(
    arguments: argparse.Namespace, pair: list[Application], made: Path
) -> Iterator[Difference]:
    """Run both modules in the application on the same damaged directories."""
    damaged = arguments.work / "damaged"
    for layout in _layouts() if "layouts" in arguments.only else ():
        _damage(made, damaged, layout)
        before = _WITHOUT_CAPABILITIES if layout == damage.FOREIGN else ()
        ready = [replace(each, before=before) for each in pair]
        yield from _compared(f"{layout}: start", trial.start, ready, damaged)
        yield from _compared(f"{layout}: programs", trial.programs, ready, damaged)
    _damage(made, damaged, _EVERY_DAMAGE)
    if "starts" in arguments.only:
        restarts = functools.partial(trial.restarts, count=arguments.starts)
        yield from _compared(f"{arguments.starts} starts", restarts, pair, damaged)
    if "deletion" in arguments.only:
        yield from _compared("deletion", trial.deletion, pair, damaged)


def _layouts() -> Iterator[str]:
    """Give the layouts that can be made here."""
    for layout in damage.LAYOUTS:
        if layout == damage.FOREIGN and (os.geteuid() or shutil.which("setpriv") is None):
            _say(f"Left out: {layout}. To make them takes root, and the program setpriv.")
        else:
            yield layout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app")
    for name in ("--original", "--drop-in", "--work"):
        parser.add_argument(name, type=lambda path: Path(path).resolve(), required=True)
    starts = range(_FEWEST_STARTS, _MOST_STARTS + 1)
    parser.add_argument("--starts", type=int, choices=starts, default=_FEWEST_STARTS)
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=list(_PARTS))
    return parser.parse_args()


def _upstream(pair: list[Application], work: Path) -> Iterator[Difference]:
    """Run the application's own tests with both modules."""
    report = work / "tests.xml"
    original, drop_in = (upstream.results(each.folder, report) for each in pair)
    for name, results in (("original", original), ("drop-in", drop_in)):
        passed = sum(result == "passed" for result in results.values())
        _say(f"The application's tests of recovery, {name}: {passed} of {len(results)} passed")
    yield from differences.between("tests", original, drop_in)


def _made(original: Application, work: Path) -> Path:
    """Make a state directory with the application's own code and routes."""
    shutil.rmtree(original.state, ignore_errors=True)
    original.state.mkdir(parents=True)
    _make("begin", original)
    with original.serving() as server:
        for route, session_id, more in damage.TAKEN_BACK:
            status, said = server.post(f"/api/session/{route}", {"session_id": session_id, **more})
            if "error" in said:
                raise RuntimeError(f"{route} of {session_id} answers {status}: {said}")
    _make("go-on", original)
    made = work / "made"
    shutil.rmtree(made, ignore_errors=True)
    original.state.rename(made)
    return made


def _make(phase: str, original: Application) -> None:
    code, said = original.run("app.made", phase)
    if code:
        raise RuntimeError(f"the state directory cannot be made: {said}")


def _damage(made: Path, damaged: Path, layout: str) -> None:
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(made, damaged)
    damage.as_layout(damaged, layout)


def _compared(what: str, run: Runs, pair: list[Application], damaged: Path) -> list[Difference]:
    """Run the same with both modules, show their figures, and give the differences."""
    original, drop_in = (run(each, damaged) for each in pair)
    found = differences.between(what, original.comparable, drop_in.comparable)
    if not all(map(expected.about, found)):
        found = _lasting(found, [run(each, damaged) for each in pair])
    _say(f"{what}: {len(found)} differences")
    for name, figure in original.figures.items():
        _say(f"  {name}: original {figure}, drop-in {drop_in.figures[name]}")
    return found


def _lasting(found: list[Difference], again: list[Trial]) -> list[Difference]:
    """Keep the differences that a second run has too: the application's threads leave to chance."""
    layout = found[0].layout
    seconds = differences.between(layout, *(each.comparable for each in again))
    paths = {each.path for each in seconds}
    return [each for each in found if each.path in paths]


def _reported(found: list[Difference]) -> int:
    """Print a table of all differences: the documented ones together, the others one by one."""
    for words in expected.EXPECTED:
        ours = [each for each in found if expected.about(each) is words]
        _say(f"\n{len(ours)} documented as: {words.words}")
        for each in ours[:1]:
            _show(each)
    others = [each for each in found if expected.about(each) is None]
    _say(f"\n{len(others)} not documented")
    for each in others:
        _show(each)
    return 1 if others else 0


def _show(difference: Difference) -> None:
    _say(f"  {difference.layout} | {difference.path}")
    _say(f"    original  {difference.original}")
    _say(f"    drop-in   {difference.drop_in}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

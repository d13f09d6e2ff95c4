"""Writing a set of files so that each is whole or absent, and none outside of its folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from taxsleeve.one_run import only_run
from taxsleeve_errors import InputError

__all__ = ["prepare_output", "subfolder", "write_files"]

_BESIDE = ".taxsleeve-"
# A set is written in moments; whoever holds the folder for longer than this is a batch.
_PATIENCE = 10.0


def prepare_output(out: Path, *, unlike: Path | None, inside: bool = True) -> None:
    """Refuse an output folder that cannot be one, before any work is done.

    Parameters
    ----------
    out : Path
    unlike : Path or None
        The input folder, if any.
    inside : bool
        Whether it may be a folder in the input folder.

    Raises
    ------
    InputError
        It is the input folder or (where that is not allowed) in it, or a file is in its way.
    """
    if unlike is not None and out.resolve() == unlike.resolve():
        raise InputError.of(
            "--out", "another folder than the one that is read: its files would be overwritten", value=out
        )
    if unlike is not None and not inside and out.resolve().is_relative_to(unlike.resolve()):
        raise InputError.of("--out", f"a folder outside of {unlike}: another run would read it as input", value=out)
    for path in (out, *out.parents):
        if path.exists():
            if not path.is_dir():
                raise InputError.of("--out", "a folder, or a place to make one", value=f"the file {path}")
            return


def subfolder(out: Path, name: str) -> Path:
    """Path of a folder in an output folder, whether it is there or not.

    Raises
    ------
    InputError
        It leads out of it: through a link, or by its name.
    """
    place = out / name
    if not place.resolve().is_relative_to(out.resolve()) or place.resolve() == out.resolve():
        expected = "a folder that holds what is written into it; take the link away"
        raise InputError.of("--out", expected, value=f"{place}, which is {place.resolve()}")
    return place


def write_files(out: Path, contents: Mapping[str, str | bytes], *, remove: tuple[str, ...] = ()) -> None:
    """Write files into a folder, made if need be.

    Every file is first written beside its place and then renamed, all of them only after the last is on disk. The last
    one of a set is taken away first and put back last: where it is there, so are the others, of the same run. Links are
    replaced, never followed. One run at a time writes a folder; what a killed one left there is removed.

    Parameters
    ----------
    out : Path
    contents : mapping of str to str or bytes
        Text, or bytes as they are, by file name, or by "folder/name" one folder down.
    remove : tuple of str
        Files of an earlier run that would now be wrong.

    Raises
    ------
    InputError
        The folder cannot be written, another run does so for long, or a folder in it leads out of it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with only_run(out, patience=_PATIENCE) as held:
            if held:
                _remove_leftovers(out)
            folders = _folders(out, (*contents, *remove))
            with tempfile.TemporaryDirectory(prefix=_BESIDE, dir=out) as beside:
                _write_beside(Path(beside), contents)
                _put_in_place(Path(beside), out, contents, [name for name in remove if (out / name).parent in folders])
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{out} ({error.strerror})") from error


def _remove_leftovers(out: Path) -> None:
    for leftover in out.glob(f"{_BESIDE}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _folders(out: Path, names: tuple[str, ...]) -> set[Path]:
    """Folders of the files that are there; refuses one that leads out."""
    below = {str(PurePosixPath(name).parent) for name in names} - {"."}
    return {out, *(place for name in below if (place := subfolder(out, name)).is_dir())}


def _write_beside(beside: Path, contents: Mapping[str, str | bytes]) -> None:
    for name, content in contents.items():
        data = content.encode("utf-8") if isinstance(content, str) else content
        (beside / name).parent.mkdir(exist_ok=True)
        (beside / name).write_bytes(data)


def _put_in_place(beside: Path, out: Path, names: Mapping[str, object], remove: list[str]) -> None:
    *others, last = names or [""]
    if others:
        (out / last).unlink(missing_ok=True)
    for name in remove:
        (out / name).unlink(missing_ok=True)
    for name in [*others, last] if names else []:
        (out / name).parent.mkdir(exist_ok=True)
        (beside / name).replace(out / name)

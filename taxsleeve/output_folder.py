"""Writing a set of files so that each is whole or absent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from taxsleeve_errors import InputError

__all__ = ["prepare_output", "write_files"]


def prepare_output(out: Path, *, unlike: Path | None) -> None:
    """Refuse an output folder that cannot be one, before any work is done; `unlike` is the input folder, if any.

    Raises
    ------
    InputError
        It is the input folder, or a file is in its way.
    """
    if unlike is not None and out.resolve() == unlike.resolve():
        raise InputError.of(
            "--out", "another folder than the one that is read: its files would be overwritten", value=out
        )
    for path in (out, *out.parents):
        if path.exists():
            if not path.is_dir():
                raise InputError.of("--out", "a folder, or a place to make one", value=f"the file {path}")
            return


def write_files(out: Path, contents: Mapping[str, str | bytes], *, remove: tuple[str, ...] = ()) -> None:
    """Write files into a folder, made if need be.

    Every file is first written beside its place and then renamed, all of them only after the last is on disk.

    Parameters
    ----------
    out : Path
    contents : mapping of str to str or bytes
        Text, or bytes as they are, by file name.
    remove : tuple of str
        Files of an earlier run that would now be wrong.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".taxsleeve-", dir=out) as beside:
            for name, content in contents.items():
                data = content.encode("utf-8") if isinstance(content, str) else content
                (Path(beside) / name).write_bytes(data)
            for name in remove:
                (out / name).unlink(missing_ok=True)
            for name in contents:
                (Path(beside) / name).replace(out / name)
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{out} ({error.strerror})") from error

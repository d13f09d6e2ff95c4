"""The folder of a study: one study's and no other's."""

from __future__ import annotations

from pathlib import Path

from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.study_settings import StudySettings, read_study_settings, study_text
from taxsleeve_errors import InputError

__all__ = ["STUDY_FILE", "claim_study_folder"]

STUDY_FILE = "study.toml"


def claim_study_folder(out: Path, settings: StudySettings, market: Path | None) -> None:
    """Make a folder this study's, or find that it is already.

    Runs that other code has made are not mixed with this code's. Who knows that the code makes no difference to them
    says so by taking the line `code` out of study.toml: it is then taken for made by this code.

    Raises
    ------
    InputError
        It holds another study, one that other code has run, runs of nobody knows which, or cannot be written.
    """
    prepare_output(out, unlike=market)
    text = study_text(settings)
    file = out / STUDY_FILE
    if file.exists():
        if file.read_text(encoding="utf-8") == text:
            return
        _refuse_another(file, read_study_settings(file), settings)
        write_files(out, {STUDY_FILE: text})
        return
    if (out / "runs").exists():
        raise InputError.of("--out", "a new folder, or one with a study.toml", value=f"{out}/runs without {STUDY_FILE}")
    write_files(out, {STUDY_FILE: text})


def _refuse_another(file: Path, there: StudySettings, wanted: StudySettings) -> None:
    """Refuse the folder of another study, or one whose runs other code has made, unless its owner vouches for them."""
    same = there.model_copy(update={"program": wanted.program, "code": wanted.code}) == wanted
    if same and not there.code:
        return
    if same and there.code != wanted.code:
        expected = "a new folder, as the program has changed since these runs were made; or, to keep them and go on, "
        raise InputError.of("--out", f"{expected}take the line `code` out of {file}", column="code", value=there.code)
    raise InputError.of(
        "--out",
        f"a folder of its own for every study, or the settings of the one that is there ({file})",
        value="another study: " + "; ".join(_differences(there, wanted)),
    )


def _differences(there: StudySettings, wanted: StudySettings) -> list[str]:
    old, new = there.model_dump(mode="json"), wanted.model_dump(mode="json")
    for part in ("terms",):
        old |= {f"{part}.{key}": value for key, value in old.pop(part).items()}
        new |= {f"{part}.{key}": value for key, value in new.pop(part).items()}
    found = [f"{key} is {old[key]}, not {new[key]}" for key in new if old[key] != new[key]]
    return found or ["the file has been edited"]

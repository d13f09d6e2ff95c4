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

    Raises
    ------
    InputError
        It holds another study, runs of nobody knows which, or cannot be written.
    """
    prepare_output(out, unlike=market)
    text = study_text(settings)
    file = out / STUDY_FILE
    if file.exists():
        if file.read_text(encoding="utf-8") != text:
            raise InputError.of(
                "--out",
                f"a folder of its own for every study, or the settings of the one that is there ({file})",
                value="another study: " + "; ".join(_differences(read_study_settings(file), settings)),
            )
        return
    if (out / "runs").exists():
        raise InputError.of("--out", "a new folder, or one with a study.toml", value=f"{out}/runs without {STUDY_FILE}")
    write_files(out, {STUDY_FILE: text})


def _differences(there: StudySettings, wanted: StudySettings) -> list[str]:
    old, new = there.model_dump(mode="json"), wanted.model_dump(mode="json")
    for part in ("terms",):
        old |= {f"{part}.{key}": value for key, value in old.pop(part).items()}
        new |= {f"{part}.{key}": value for key, value in new.pop(part).items()}
    found = [f"{key} is {old[key]}, not {new[key]}" for key in new if old[key] != new[key]]
    return found or ["the file has been edited"]

"""What an audit shows of itself in a notebook, and where a limit is kept."""

from __future__ import annotations

import pytest

from audit import TOLERANCE, Finding, LimitReading
from audit.finding import Judged


class Page(Judged):
    """Findings and readings as a notebook shows them."""

    def __init__(self, findings: int, readings: int) -> None:
        self.findings = tuple(Finding(f"code {i}", "") for i in range(findings))
        self.readings = tuple(LimitReading(f"limit {i:02}", "", 0.0, float(readings - i)) for i in range(readings))

    @property
    def html(self) -> str:
        return self._repr_html_()


def test_a_notebook_shows_the_verdict_the_findings_and_the_twenty_limits_that_are_nearest() -> None:
    assert Page(0, 0).html == "<p>Clean; limits read again: 0.</p>"
    faulty = Page(2, 0).html
    assert faulty.startswith("<p>Faults: 2; limits read again: 0.</p><table")
    assert (faulty.count("<tr"), "code 0" in faulty, "code 1" in faulty) == (3, True, True)
    many = Page(0, 30).html
    assert many.startswith("<p>Clean; limits read again: 30.</p><table")
    shown = [name for name in (f"limit {i:02}" for i in range(30)) if name in many]
    assert shown == [f"limit {i}" for i in range(10, 30)]
    # Rows are not numbered.
    assert "<th></th>" not in many
    assert many.index("limit 29") < many.index("limit 10")


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize(("beyond", "kept"), [(-1.0, True), (0.99 * TOLERANCE, True), (1.01 * TOLERANCE, False)])
def test_a_limit_is_kept_within_a_millionth(lower: bool, beyond: float, kept: bool) -> None:
    value = 0.5 - beyond if lower else 0.5 + beyond
    reading = LimitReading("cash", "", value, 0.5, lower=lower)
    assert reading.slack == pytest.approx(-beyond, rel=1e-6)
    assert reading.kept is kept
    assert LimitReading("cash", "", value, 0.5, lower=lower, soft=1.0).kept


def test_a_warning_spoils_no_verdict() -> None:
    page = Page(2, 0)
    assert (page.faults, page.is_clean) == (page.findings, False)
    page.findings = (Finding("code", "", severity="warning"),)
    assert (page.faults, page.is_clean) == ((), True)

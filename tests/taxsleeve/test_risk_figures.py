from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from risk import FactorRisk
from taxsleeve.risk_figures import attribution_figure, bias_figure, ratio_by_year_figure


def test_bars_of_either_side_sum_to_the_tracking_error() -> None:
    model = FactorRisk(
        ("A", "B", "C"), ("market", "size"), np.array([[1.0, 0.2], [0.9, -0.4], [1.2, 1.0]]),
        np.array([[0.04, 0.003], [0.003, 0.01]]), np.array([0.04, 0.09, 0.16]),
    )  # fmt: skip
    active = pd.Series({"C": -0.01, "A": 0.03, "B": -0.02, "not rated": 0.5})
    te = model.tracking_error([0.03, -0.02, -0.01]) * 1e4
    bars = attribution_figure(model, active).data
    assert sum(bars[0].x) == pytest.approx(te)
    assert "all specific" in bars[0].y
    assert sum(sum(bar.x) for bar in bars[1:]) == pytest.approx(te)
    assert set(bars[1].y) == {"A", "B", "C"}


def test_each_model_has_a_mark_of_its_own_even_when_there_are_many() -> None:
    models = [f"model {i}" for i in range(12)]
    summary = pd.DataFrame(
        {
            "segment": "large", "family": "random active", "model": models, "bias": 1.0, "daily_ratio": 1.0,
            "band_low": 0.9, "band_high": 1.1,
        }
    )  # fmt: skip
    marks = [(trace.marker.color, trace.marker.symbol) for trace in bias_figure(summary, "large").data]
    assert len(set(marks)) == 12


def test_a_year_is_that_of_the_month_predicted() -> None:
    months = pd.DataFrame(
        {
            "date": [pd.Timestamp("2013-12-31").date(), pd.Timestamp("2014-01-31").date()],
            "segment": "large", "family": "f", "model": "m", "daily_ratio": [1.0, 1.4],
        }
    )  # fmt: skip
    line = ratio_by_year_figure(months, "large", "f").data[0]
    assert list(line.x) == [2014]
    assert line.y[0] == pytest.approx(np.sqrt((1 + 1.96) / 2), abs=1e-4)

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import risk
from risk import FactorRisk, StatisticalRiskModel
from taxsleeve_errors import RiskModelError


@pytest.fixture
def model() -> FactorRisk:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((3, 6))
    return FactorRisk(
        assets=("A", "BRK/B", "Ünï"),
        factors=("market", "size"),
        loadings=rng.standard_normal((3, 2)),
        factor_covariance=root[:2] @ root[:2].T,
        specific_variance=rng.uniform(0.1, 0.3, 3),
        as_of=dt.date(2019, 6, 28),
    )


def as_skfolio(model: FactorRisk, **changes: object) -> SimpleNamespace:
    """An object with the attribute names of skfolio.prior.FactorModel, figures a day."""
    fields = {
        "observations": np.array(["2019-06-27", "2019-06-28"], dtype="datetime64[ns]"),
        "asset_names": np.array(model.assets, dtype=object),
        "factor_names": np.array(model.factors, dtype=object),
        "loading_matrix": model.loadings,
        "exposures": np.zeros((2, 3, 2)),
        "factor_covariance": model.factor_covariance / 252,
        "idio_covariance": model.specific_variance / 252,
    }
    return SimpleNamespace(**{**fields, **changes})


def assert_same(a: FactorRisk, b: FactorRisk, rtol: float = 0) -> None:
    assert (a.assets, a.factors, a.as_of) == (b.assets, b.factors, b.as_of)
    for name in ("loadings", "factor_covariance", "specific_variance"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=rtol, atol=0)


@pytest.mark.parametrize("name", ["model.npz", "model.risk"])
def test_saved_and_loaded_to_the_last_bit(tmp_path: Path, model: FactorRisk, name: str) -> None:
    model.save(tmp_path / name)
    assert_same(FactorRisk.load(str(tmp_path / name)), model)


def test_a_missing_date_survives(tmp_path: Path, model: FactorRisk) -> None:
    undated = FactorRisk(model.assets, model.factors, model.loadings, model.factor_covariance, model.specific_variance)
    undated.save(tmp_path / "m.npz")
    assert FactorRisk.load(tmp_path / "m.npz").as_of is None


def test_an_archive_that_lacks_an_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", loadings=np.eye(2))
    with pytest.raises(RiskModelError, match=r"m\.npz: holds no factor_covariance"):
        FactorRisk.load(tmp_path / "m.npz")


def test_a_pickle_is_never_opened(tmp_path: Path, model: FactorRisk) -> None:
    arrays = {"loadings": model.loadings, "factor_covariance": model.factor_covariance, "as_of": np.str_("")}
    labels = {"assets": np.array(model.assets, dtype=object), "factors": np.array(model.factors)}
    np.savez(tmp_path / "m.npz", specific_variance=model.specific_variance, **arrays, **labels)
    with pytest.raises(RiskModelError, match=r"not an \.npz archive"):
        FactorRisk.load(tmp_path / "m.npz")


def test_something_else_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "m.npz").write_text("asset,factor\n")
    with pytest.raises(RiskModelError, match=r"not an \.npz archive"):
        FactorRisk.load(tmp_path / "m.npz")


def test_of_takes_itself_an_estimator_and_plain_attributes(model: FactorRisk) -> None:
    assert FactorRisk.of(model) is model
    returns = np.random.default_rng(0).standard_normal((90, 12)) / 100
    fitted = StatisticalRiskModel(n_factors=2).fit(returns)
    assert FactorRisk.of(fitted) is fitted.factor_risk_
    fields = ("assets", "factors", "loadings", "factor_covariance", "specific_variance", "as_of")
    assert_same(FactorRisk.of(SimpleNamespace(**{name: getattr(model, name) for name in fields})), model)


def test_of_takes_skfolio_names_and_makes_them_annual(model: FactorRisk) -> None:
    assert_same(FactorRisk.of(as_skfolio(model), periods_per_year=252), model, rtol=1e-14)
    full = as_skfolio(model, idio_covariance=np.diag(model.specific_variance / 252))
    assert_same(FactorRisk.of(SimpleNamespace(factor_model=full), periods_per_year=252), model, rtol=1e-14)


def test_of_says_what_it_cannot_use(model: FactorRisk) -> None:
    with pytest.raises(RiskModelError, match="periods_per_year"):
        FactorRisk.of(as_skfolio(model))
    linked = np.diag(model.specific_variance)
    linked[0, 1] = linked[1, 0] = 0.01
    with pytest.raises(RiskModelError, match=r"specific covariance of A and BRK/B: 0\.01"):
        FactorRisk.of(as_skfolio(model, idio_covariance=linked), periods_per_year=252)
    with pytest.raises(RiskModelError, match="no attribute assets or asset_names"):
        FactorRisk.of(object())


def test_contributions_sum_to_the_tracking_error(model: FactorRisk) -> None:
    active = np.array([0.3, -0.2, -0.1])
    by_factor, by_name = model.contributions(active)
    assert by_factor.sum() + by_name.sum() == pytest.approx(model.tracking_error(active), rel=1e-12)


@pytest.mark.parametrize("spoil", ["text for numbers", "a promise of a petabyte", "a day that is not", "cut"])
def test_an_archive_that_is_spoilt_is_refused(spoil: str, tmp_path: Path) -> None:
    names = {"assets": np.array(["A"]), "factors": np.array(["m"]), "as_of": np.str_("2024-02-30")}
    one: np.ndarray = np.array([["x"]]) if spoil.startswith("text") else np.ones((1, 1))
    path = tmp_path / "model.npz"
    np.savez(path, loadings=one, factor_covariance=np.ones((1, 1)), specific_variance=np.ones(1), **names)
    data = path.read_bytes()
    if spoil == "cut":
        path.write_bytes(data[: len(data) // 2])
    if spoil.startswith("a promise"):
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000000, 10), }"
        parts["loadings.npy"] = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n"
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
    with pytest.raises(RiskModelError, match=re.escape(str(path))):
        FactorRisk.load(path)


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3)])
def test_a_specific_covariance_of_another_shape_is_refused(model: FactorRisk, shape: tuple[int, int]) -> None:
    with pytest.raises(
        RiskModelError, match=re.escape(f"specific covariance: shape {shape}, expected (3,) or a square")
    ):
        FactorRisk.of(as_skfolio(model, idio_covariance=np.ones(shape)), periods_per_year=252)


@pytest.mark.parametrize(
    ("day", "as_of"),
    [
        (dt.datetime(2019, 6, 28, 16, 0), dt.date(2019, 6, 28)),
        (dt.date(2019, 6, 28), dt.date(2019, 6, 28)),
        (np.datetime64("2019-06-28T16:00"), dt.date(2019, 6, 28)),
        (np.datetime64("NaT"), None),
        ("2019-06-28", None),
    ],
)
def test_the_day_of_a_model_is_read_from_what_says_days(model: FactorRisk, day: object, as_of: dt.date | None) -> None:
    assert FactorRisk.of(as_skfolio(model, as_of=day), periods_per_year=252).as_of == as_of


def test_models_that_are_loaded_late_are_there_and_others_are_not() -> None:
    assert {"FundamentalRiskModel", "StatisticalRiskModel", "FactorRisk"} <= set(dir(risk))
    assert risk.StatisticalRiskModel is StatisticalRiskModel
    with pytest.raises(AttributeError, match="module 'risk' has no attribute 'Model'"):
        _ = risk.Model

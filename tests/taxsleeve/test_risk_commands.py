"""`taxsleeve risk fit | show | evaluate` on small simulated folders."""

from __future__ import annotations

import inspect
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from risk import StatisticalRiskModel, simple_returns
from taxsleeve import read_account_folder
from taxsleeve.command_line import main
from taxsleeve.example_account import write_example
from taxsleeve.risk_fit import read_model

NAMES, DAYS = 70, 420
MARKET = """name = "Simulated"
frequency = "daily"
currency = "USD"
prices_include_dividends = true
notes = "Made up <for a test>."
"""


def run(*arguments: object) -> Result:
    # Until click 8.2 the two streams are one unless asked for.
    split = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    result = CliRunner(**split).invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": "160"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def market_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market of 70 names and 20 months: one listed late, one delisted, one with an absurd return."""
    folder = tmp_path_factory.mktemp("template") / "market"
    folder.mkdir()
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2014-01-01", periods=DAYS, name="date")
    names = [f"N{i:02d}" for i in range(NAMES)]
    market = 0.009 * rng.standard_normal((DAYS, 1))
    sector = 0.005 * rng.standard_normal((DAYS, 4))[:, np.arange(NAMES) % 4]
    R = market + sector + 0.015 * rng.standard_normal((DAYS, NAMES))
    R[250, 5] = 4.5
    prices = pd.DataFrame(50 * np.cumprod(1 + R, axis=0), index=days, columns=names)
    prices.loc[: days[DAYS - 15], "N03"] = np.nan
    prices.loc[days[DAYS - 40] :, "N04"] = np.nan
    months = pd.date_range("2013-12-31", days[-1], freq="ME", name="date")
    size = np.sort(np.exp(rng.standard_normal(NAMES)))[::-1] * 1e10
    caps = pd.DataFrame(np.tile(size, (len(months), 1)), index=months, columns=names)
    prices.to_parquet(folder / "prices.parquet")
    caps.to_parquet(folder / "caps.parquet")
    (caps * rng.uniform(0.002, 0.02, NAMES)).to_parquet(folder / "adv.parquet")
    pd.DataFrame(rng.uniform(0.1, 1.2, caps.shape), index=months, columns=names).to_parquet(
        folder / "book_to_price.parquet"
    )
    sectors = ["Energy", "Financials", "Health Care", "Utilities"]
    table = pd.DataFrame({"asset": names, "name": names, "sector": [sectors[i % 4] for i in range(NAMES)]})
    table.to_csv(folder / "securities.csv", index=False)
    (folder / "market.toml").write_text(MARKET, encoding="utf-8")
    return folder


@pytest.fixture
def market_folder(market_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(market_template, tmp_path / "market"))


@pytest.fixture
def account_folder(tmp_path: Path) -> Path:
    write_example(tmp_path / "account", names=25, lots=2, seed=1)
    return tmp_path / "account"


@pytest.fixture(scope="module")
def evaluated(market_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("evaluation") / "out"
    arguments = ("--window", 250, "--cuts", "35,70", "--random", 5, "--start", "2015-03", "--end", "2015-06")
    return run("risk", "evaluate", market_template, "--out", out, *arguments), out


def test_fit_writes_what_an_account_takes_as_its_vendor_model(account_folder: Path) -> None:
    out = account_folder / "risk"
    prices = read_account_folder(account_folder).prices
    done = run("risk", "fit", account_folder, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "unrated.csv" in done.stdout
    vendor = read_account_folder(account_folder).vendor_risk
    assert vendor is not None
    assert prices is not None
    own = StatisticalRiskModel().fit(simple_returns(prices).iloc[-504:]).factor_risk_.reindex(vendor.assets)
    np.testing.assert_array_equal(vendor.loadings, own.loadings)
    np.testing.assert_array_equal(vendor.factor_covariance, own.factor_covariance)
    np.testing.assert_array_equal(vendor.specific_variance, own.specific_variance)
    unrated = pd.read_csv(out / "unrated.csv")
    assert not set(unrated["asset"]) & set(vendor.assets)
    assert run("rebalance", account_folder, "--out", account_folder.parent / "trades").exit_code == 0


def test_fit_to_a_market_uses_nothing_after_its_day(market_folder: Path, tmp_path: Path) -> None:
    fit = ("risk", "fit", market_folder, "--as-of", "2015-03-31", "--window", "250", "--out")
    first = run(*fit, tmp_path / "first")
    assert first.exit_code == 0, first.stderr
    prices = pd.read_parquet(market_folder / "prices.parquet")
    prices.loc["2015-04-01":] *= np.linspace(1, 3, len(prices.loc["2015-04-01":]))[:, None]
    prices.to_parquet(market_folder / "prices.parquet")
    assert run(*fit, tmp_path / "second").exit_code == 0
    for file in ("loadings.csv", "factor_covariance.csv", "specific_variance.csv"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    assert "2015-03-31" in first.stdout
    assert "N03" not in read_model(tmp_path / "first").assets


def test_fit_takes_the_largest_names_and_lists_its_repairs(market_folder: Path, tmp_path: Path) -> None:
    done = run("risk", "fit", market_folder, "--names", 20, "--out", tmp_path / "model")
    assert done.exit_code == 0, done.stderr
    # N03 was listed three weeks before the last day, N04 is gone.
    assert read_model(tmp_path / "model").assets == tuple(f"N{i:02d}" for i in range(21) if i not in (3, 4))
    assert pd.read_csv(tmp_path / "model" / "unrated.csv")["asset"].tolist() == ["N03"]
    repairs = pd.read_csv(tmp_path / "model" / "repairs.csv")
    assert repairs["asset"].tolist() == ["N05"]
    assert repairs["value"].tolist() == pytest.approx([4.5])
    assert "1 implausible" in done.stdout


def test_a_fundamental_model_rates_a_name_listed_three_weeks_ago(market_folder: Path, tmp_path: Path) -> None:
    done = run("risk", "fit", market_folder, "--model", "fundamental", "--out", tmp_path / "model")
    assert done.exit_code == 0, done.stderr
    model = read_model(tmp_path / "model")
    assert "N03" in model.assets
    assert {"market", "sector Energy", "size", "value"} <= set(model.factors)


def test_a_fundamental_model_of_an_account_asks_for_capitalisation(account_folder: Path, tmp_path: Path) -> None:
    fit = ("risk", "fit", account_folder, "--model", "fundamental", "--out", tmp_path / "model")
    securities = pd.read_csv(account_folder / "securities.csv")
    securities.drop(columns="market_cap", errors="ignore").to_csv(account_folder / "securities.csv", index=False)
    refused = run(*fit)
    assert refused.exit_code == 2
    assert "capitalisation" in refused.stderr
    securities.assign(market_cap=1e9).to_csv(account_folder / "securities.csv", index=False)
    done = run(*fit)
    assert done.exit_code == 0, done.stderr
    assert "market" in read_model(tmp_path / "model").factors


def test_show_prints_factors_and_the_riskiest_names(market_folder: Path, tmp_path: Path) -> None:
    run("risk", "fit", market_folder, "--out", tmp_path / "model")
    done = run("risk", "show", tmp_path / "model", "--top", 3)
    assert done.exit_code == 0, done.stderr
    model = read_model(tmp_path / "model")
    riskiest = [model.assets[i] for i in np.argsort(-model.specific_variance)[:4]]
    assert all(name in done.stdout for name in (*riskiest[:3], *model.factors))
    assert riskiest[3] not in done.stdout
    assert f"{np.sqrt(model.factor_covariance[0, 0]):.2%}" in done.stdout


def test_show_reads_what_save_wrote(market_folder: Path, tmp_path: Path) -> None:
    run("risk", "fit", market_folder, "--out", tmp_path / "model")
    read_model(tmp_path / "model").save(tmp_path / "model.npz")
    assert run("risk", "show", tmp_path / "model.npz").stdout == run("risk", "show", tmp_path / "model").stdout
    (tmp_path / "model.npz").write_bytes(b"not an archive")
    refused = run("risk", "show", tmp_path / "model.npz")
    assert refused.exit_code == 2
    assert "FactorRisk.save" in refused.stderr


def test_show_finds_the_model_of_an_account(account_folder: Path) -> None:
    run("risk", "fit", account_folder, "--out", account_folder / "risk")
    assert run("risk", "show", account_folder).stdout == run("risk", "show", account_folder / "risk").stdout


@pytest.mark.slow
def test_evaluate_writes_tables_and_a_page_that_loads_nothing(evaluated: tuple[Result, Path]) -> None:
    done, out = evaluated
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in out.iterdir()} == {
        "summary.csv", "months.csv", "universe.csv", "repairs.csv", "report.html",
    }  # fmt: skip
    summary = pd.read_csv(out / "summary.csv")
    assert {"sample", "Ledoit-Wolf", "OAS", "statistical", "fundamental", "no adjustment"} <= set(summary["model"])
    assert set(summary["segment"]) == {"large", "mid"}
    assert (summary["months"] == 4).all()
    optimised = summary[summary["family"] == "optimised 1%, random"]
    assert optimised["predicted"].to_numpy() == pytest.approx(0.01, rel=0.05)
    assert summary["bias"].notna().all()
    months = pd.read_csv(out / "months.csv")
    assert sorted(months["date"].unique()) == ["2015-02-27", "2015-03-31", "2015-04-30", "2015-05-29"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count('class="plotly-graph-div"') == 2 + 2 * 2
    body = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert "http" not in body
    assert "Made up &lt;for a test&gt;." in body


def test_evaluate_says_what_matters_on_the_screen(evaluated: tuple[Result, Path]) -> None:
    done, _ = evaluated
    for words in ("large: bias of monthly returns", "Ledoit-Wolf", "statistical", "1%", "losses", "DM t", "95%"):
        assert words in done.stdout
    assert "1 implausible return" in done.stderr


@pytest.mark.slow
def test_evaluate_gives_the_same_bytes_again(
    evaluated: tuple[Result, Path], market_template: Path, tmp_path: Path
) -> None:
    _, out = evaluated
    arguments = ("--window", 250, "--cuts", "35,70", "--random", 5, "--start", "2015-03", "--end", "2015-06", "--quiet")
    again = run("risk", "evaluate", market_template, "--out", tmp_path / "again", *arguments)
    assert again.stdout == again.stderr == ""
    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


@pytest.mark.slow
def test_segments_too_thin_to_test_are_named(market_folder: Path, tmp_path: Path) -> None:
    done = run(
        "risk", "evaluate", market_folder, "--out", tmp_path / "out", "--cuts", "50,70", "--random", 3,
        "--window", 250, "--start", "2015-05", "--end", "2015-05", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "segment mid: 1 month with fewer than 30 names" in done.stderr
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert set(table["segment"]) == {"large"}
    said = json.loads(done.stdout)
    assert [row["predicted"] for row in said["scores"]] == pytest.approx(table["predicted"].tolist(), rel=1e-12)
    assert any(warning.startswith("segment mid: 1 month with fewer") for warning in said["warnings"])


def _spoil(file: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        change(pd.read_parquet(folder / file)).to_parquet(folder / file)

    return spoil


def _set(frame: pd.DataFrame, row: int, column: int, value: float) -> pd.DataFrame:
    frame.iloc[row, column] = value
    return frame


def _write(file: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).write_text(text, encoding="utf-8") and None


BAD_MARKETS = {
    "no caps": (lambda f: (f / "caps.parquet").unlink(), "caps.parquet: found 'no such file'"),
    "no securities": (lambda f: (f / "securities.csv").unlink(), "securities.csv"),
    "dates fall": (_spoil("prices.parquet", lambda p: p.iloc[::-1]), "rising dates"),
    "dates twice": (_spoil("prices.parquet", lambda p: pd.concat([p, p.iloc[-1:]])), "each date once"),
    "price of zero": (_spoil("prices.parquet", lambda p: _set(p, 3, 2, 0.0)), "prices.parquet, row 5, N02"),
    "infinite cap": (_spoil("caps.parquet", lambda c: _set(c, 1, 0, np.inf)), "caps.parquet, row 3, N00"),
    "text for caps": (_spoil("caps.parquet", lambda c: c.astype(str) + " USD"), "expected a number"),
    "negative volume": (_spoil("adv.parquet", lambda a: -a), "adv.parquet, row 2"),
    "other names": (_spoil("caps.parquet", lambda c: c.add_prefix("X")), "the assets of prices.parquet"),
    "caps too late": (_spoil("caps.parquet", lambda c: c.set_axis(c.index + pd.Timedelta(days=4000))), "a date up to"),
    "no dividends said": (_write("market.toml", 'name = "x"\n'), "prices_include_dividends"),
    "monthly": (_write("market.toml", MARKET.replace('"daily"', '"monthly"')), "a date every 1 day"),
    "no TOML": (_write("market.toml", "name = \n"), "well-formed TOML"),
    "returns needed": (_write("market.toml", MARKET.replace("true", "false")), "returns.parquet: found 'no such file'"),
    "asset twice": (_write("securities.csv", "asset,sector\nN00,Energy\nN00,Energy\n"), "row 3, asset: found 'N00'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_MARKETS)
def test_a_bad_market_is_refused_and_nothing_written(market_folder: Path, tmp_path: Path, case: str) -> None:
    spoil, said = BAD_MARKETS[case]
    spoil(market_folder)
    for command in ("fit", "evaluate"):
        done = run("risk", command, market_folder, "--out", tmp_path / "out")
        assert done.exit_code == 2, done.stdout
        assert said in done.stderr
        assert "Nothing was written" in done.stderr
        assert not (tmp_path / "out").exists()


def test_prices_where_returns_are_expected_are_seen(market_folder: Path, tmp_path: Path) -> None:
    (market_folder / "market.toml").write_text(MARKET.replace("true", "false"), encoding="utf-8")
    prices = pd.read_parquet(market_folder / "prices.parquet")
    prices.to_parquet(market_folder / "returns.parquet")
    done = run("risk", "fit", market_folder, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "these look like prices or per cent" in done.stderr
    prices.pct_change(fill_method=None).iloc[1:].to_parquet(market_folder / "returns.parquet")
    assert run("risk", "fit", market_folder, "--out", tmp_path / "out").exit_code == 0


def test_every_fault_is_listed_at_once(market_folder: Path, tmp_path: Path) -> None:
    _spoil("prices.parquet", lambda p: _set(p, 3, 2, -1.0))(market_folder)
    _spoil("caps.parquet", lambda c: _set(c, 1, 0, 0.0))(market_folder)
    done = run("risk", "evaluate", market_folder, "--out", tmp_path / "out")
    assert "2 faults" in done.stderr


@pytest.mark.parametrize("command", [(), ("rebalance",), ("risk",), ("risk", "fit"), ("risk", "evaluate")])
def test_examples_in_the_help_stand_on_lines_of_their_own(command: tuple[str, ...]) -> None:
    shown = run(*command, "--help").stdout
    assert "\\b" not in shown
    assert re.search(r"^ +taxsleeve \w+ [\w -]+$", shown, re.M)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fit", "nowhere", "--out", "out"), "no such folder"),
        (("fit", "{market}", "--out", "out", "--as-of", "2001-01-01"), "a day from 2014-01"),
        (("fit", "{market}", "--out", "out", "--model", "perfect"), "one of statistical"),
        (("fit", "{market}", "--out", "{market}"), "another folder"),
        (("fit", "{account}", "--out", "out", "--as-of", "2024-01-31"), "account.toml has it"),
        (("show", "{market}"), "taxsleeve risk fit"),
        (("show", "nowhere"), "no such folder"),
        (("evaluate", "{account}", "--out", "out"), "market.toml"),
        (("evaluate", "{market}", "--out", "out", "--cuts", "900,500"), "rising ranks"),
        (("evaluate", "{market}", "--out", "out", "--cuts", "many"), "rising ranks"),
        (("evaluate", "{market}", "--out", "out", "--start", "2031-01"), "no month from 2031-01"),
        (("evaluate", "{market}", "--out", "out", "--window", "250", "--cuts", "10,20"), "enough names"),
    ],
)
def test_bad_arguments_are_refused(
    market_folder: Path, account_folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    places = {"{market}": market_folder, "{account}": account_folder, "out": tmp_path / "out"}
    done = run("risk", *(places.get(argument, argument) for argument in arguments))
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_history_too_short_to_fit_is_refused(market_folder: Path, tmp_path: Path) -> None:
    _spoil("prices.parquet", lambda p: p.iloc[:12])(market_folder)
    done = run("risk", "fit", market_folder, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "history" in done.stderr

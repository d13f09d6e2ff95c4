"""Limits, cash and names that the list does not keep."""

from __future__ import annotations

from typing import Any

import pandas as pd
from planting import furthest, gain_of, plants


@plants("te-exceeded")
def a_tighter_tracking_error(case: Any) -> None:
    case.setting("tracking_error", f"{0.97 * furthest(case, 'tracking_error')}")


@plants("loss-cap")
def a_tighter_loss_cap(case: Any) -> None:
    case.setting("loss_per_name", f"{0.97 * furthest(case, 'loss_per_name')}")


@plants("turnover")
def less_turnover(case: Any) -> None:
    case.setting("turnover", f"{0.99 * furthest(case, 'turnover')}")


@plants("active-weight")
def a_tighter_band_on_names(case: Any) -> None:
    case.setting("active_weight", f"{0.99 * furthest(case, 'active_weight')}")


@plants("sector-active")
def a_tighter_band_on_sectors(case: Any) -> None:
    case.setting("sector_active", f"{0.99 * furthest(case, 'sector_active')}")


@plants("sector-active")
def names_moved_to_another_sector(case: Any) -> None:
    table = case.table("securities.csv")
    table.loc[table["asset"].isin(case.buys()["asset"]), "sector"] = "All that was bought"
    case.put("securities.csv", table)


@plants("factor-active")
def a_band_on_a_factor(case: Any) -> None:
    factor = pd.read_csv(case.account / "risk" / "factor_covariance.csv")["factor"].iloc[0]
    case.setting("factor_active", f'{{ "{factor}" = 1.0 }}')
    case.setting("factor_active", f'{{ "{factor}" = {0.5 * furthest(case, "factor_active")} }}')


@plants("beta-active")
def a_tighter_band_on_beta(case: Any) -> None:
    case.setting("beta_active", f"{0.5 * furthest(case, 'beta_active')}")


@plants("liquidity")
def half_the_volume(case: Any) -> None:
    nav = case.audit().summary["figures"]["nav"]
    case.setting("liquidity", f"{0.97 * furthest(case, 'liquidity') * nav / 200_000}")


@plants("gain-budget")
def no_gains_at_all(case: Any) -> None:
    case.setting("realized_gain", "0.0")


@plants("gain-budget-short", spreads=True)
def no_short_gains(case: Any) -> None:
    gain_of(case, short=True)
    case.setting("realized_gain_short", "0.005")


@plants("gain-budget-long", spreads=True)
def no_long_gains(case: Any) -> None:
    gain_of(case, short=False)
    case.setting("realized_gain_long", "0.005")


@plants("net-gain")
def a_net_loss_asked_for(case: Any) -> None:
    case.setting("net_gain", "0.5")
    case.setting("net_gain", f"{-furthest(case, 'net_gain') - 0.0001}")


@plants("net-gain-short")
def a_net_short_loss_asked_for(case: Any) -> None:
    case.setting("net_gain_short", "0.5")
    case.setting("net_gain_short", f"{-furthest(case, 'net_gain_short') - 0.0001}")


@plants("net-gain-long")
def a_net_long_loss_asked_for(case: Any) -> None:
    case.setting("net_gain_long", "0.5")
    case.setting("net_gain_long", f"{-furthest(case, 'net_gain_long') - 0.0001}")


@plants("harvest-beyond-offsets")
def losses_that_the_year_cannot_use(case: Any) -> None:
    case.setting("harvest", '"offsets"', "taxes")
    case.setting("year_to_date", "{ short = 5000.0, long = -1000.0, carry_long = 500.0 }", "taxes")


@plants("cash-negative", spreads=True)
def a_purchase_without_the_cash(case: Any) -> None:
    case.cell(case.buys().index[0], "shares", 1000)


@plants("cash-negative", spreads=True)
def overdrawn_without_a_band(case: Any) -> None:
    case.setting("cash", None)
    case.setting("cash", "-20_000.0", "")


@plants("cash-too-low")
def a_fee_taken_from_cash(case: Any) -> None:
    case.setting("cash", f"[{furthest(case, 'cash') + 0.0001}, 0.05]")


@plants("cash-too-high", spreads=True)
def a_purchase_left_out(case: Any) -> None:
    case.put_result(case.result().drop(index=case.buys().index[0]))


@plants("too-few-names")
def more_names_asked_for(case: Any) -> None:
    case.setting("names", f"[{furthest(case, 'names') + 1}, 99]")


@plants("too-many-names")
def fewer_names_allowed(case: Any) -> None:
    case.setting("names", f"[1, {furthest(case, 'names') - 1}]")


@plants("order-too-small")
def orders_below_the_least(case: Any) -> None:
    least = min(abs(reading.value) for reading in case.audit().audit.readings if reading.name == "min_trade")
    case.setting("min_trade", f"{1.05 * least}")

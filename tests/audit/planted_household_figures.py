"""Limits of all sleeves together that are passed, and summaries that say other figures."""

from __future__ import annotations

from typing import Any

from household_planting import plants


@plants("household-te-exceeded")
def a_total_tracking_error_above_its_limit(case: Any) -> None:
    case.edit("household.toml", "tracking_error = 0.02", "tracking_error = 0.005")
    case.figure(0.005, "tracking_error", "limit")


@plants("household-te-exceeded", spreads=True)
def another_blend_of_the_benchmarks(case: Any) -> None:
    """The lists are against what the sleeves are worth; against these weights they are far off."""
    weights = "weights = { large = 0.0, mid = 0.0, small = 0.0, ira = 1.0 }"
    case.edit("household.toml", "transfers = true", f"transfers = true\n{weights}")


@plants("household-gain-budget")
def gains_of_all_above_the_budget(case: Any) -> None:
    case.edit("household.toml", "realized_gain = 0.01", "realized_gain = 0.0001")
    case.figure(0.0001, "realized_gain", "limit")


@plants("household-harvest-beyond-offsets", spreads=True)
def losses_that_the_year_cannot_use(case: Any) -> None:
    for sleeve in ("large", "mid", "small"):
        year = 'harvest = "offsets"\nyear_to_date = { short = 50000.0, long = 0.0 }'
        case.edit(f"{sleeve}/account.toml", 'losses = "unlimited"', f'losses = "unlimited"\n{year}')


@plants("household-nav-misstated")
def a_value_without_the_ira(case: Any) -> None:
    told = case.figures()
    case.figure(told["nav"] - told["sleeves"]["ira"]["nav"], "nav")


@plants("household-nav-misstated")
def another_day(case: Any) -> None:
    case.figure("2024-06-27", "as_of")


@plants("household-te-misstated")
def the_mean_of_the_sleeves_for_the_total(case: Any) -> None:
    sleeves = case.figures()["sleeves"].values()
    case.figure(sum(one["share"] * one["tracking_error"]["after"] for one in sleeves), "tracking_error", "after")


@plants("household-te-misstated")
def another_total_before(case: Any) -> None:
    case.figure(1.001 * case.figures()["tracking_error"]["before"], "tracking_error", "before")


@plants("household-gains-misstated")
def gains_left_out(case: Any) -> None:
    case.figure(case.figures()["gains"]["short"] - 10, "gains", "short")


@plants("household-harvest-misstated")
def losses_of_the_wrong_term(case: Any) -> None:
    told = case.figures()["harvested"]
    case.figure(told["short"] + told["long"], "harvested", "short")


@plants("household-tax-misstated")
def every_loss_at_the_short_term_rate(case: Any) -> None:
    told = case.figures()["harvested"]
    case.figure(0.408 * (told["short"] + told["long"]), "tax_value")


@plants("household-cost-misstated")
def no_costs(case: Any) -> None:
    case.figure(0.0, "cost")


@plants("household-limit-misstated")
def a_limit_told_wider_than_it_is(case: Any) -> None:
    case.figure(0.03, "tracking_error", "limit")


@plants("household-limit-misstated")
def a_limit_told_as_none(case: Any) -> None:
    case.figure(None, "realized_gain", "limit")


@plants("household-limit-misstated")
def another_share_of_gains(case: Any) -> None:
    case.figure(0.0, "realized_gain", "value")


@plants("household-transfers-misstated")
def a_lot_more_than_moves(case: Any) -> None:
    case.figure(case.figures()["transfers"]["lots"] + 1, "transfers", "lots")


@plants("household-transfers-misstated")
def a_tax_that_selling_would_not_have_cost(case: Any) -> None:
    case.figure(2 * case.figures()["transfers"]["tax_if_sold"] + 100, "transfers", "tax_if_sold")


@plants("household-transfers-misstated")
def more_received_than_came(case: Any) -> None:
    case.figure(1_000_000.0, "sleeves", "mid", "received")


@plants("household-sleeve-misstated")
def a_sleeve_left_out(case: Any) -> None:
    sleeves = case.figures()["sleeves"]
    del sleeves["ira"]
    case.figure(sleeves, "sleeves")


@plants("household-sleeve-misstated")
def tax_saved_by_an_ira(case: Any) -> None:
    case.figure(500.0, "sleeves", "ira", "tax_value")


@plants("household-sleeve-misstated")
def a_tracking_error_of_another_sleeve(case: Any) -> None:
    told = case.figures()["sleeves"]
    case.figure(told["mid"]["tracking_error"]["after"], "sleeves", "large", "tracking_error", "after")


@plants("household-sleeve-misstated")
def a_spouse_told_as_an_ira(case: Any) -> None:
    case.figure("ira", "sleeves", "small", "type")


@plants("te-exceeded", spreads=True)
def a_sleeve_beyond_its_own_limit(case: Any) -> None:
    case.edit("large/account.toml", "tracking_error = 0.03", "tracking_error = 0.005")


@plants("limit-misstated")
def a_sleeves_limit_told_wider_than_it_is(case: Any) -> None:
    case.figure(0.05, "limits", 0, "limit", file="mid/summary.json")


@plants("losses-misstated")
def losses_of_one_sleeve(case: Any) -> None:
    case.figure(20_000.0, "harvested", "short", file="mid/summary.json")

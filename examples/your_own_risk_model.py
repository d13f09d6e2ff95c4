# %% [markdown]
# Bring your own risk model
#
# Any scikit-learn covariance estimator shrinks the factors' covariance; or hand over arrays of a vendor's model.

# %%
from pathlib import Path
from tempfile import mkdtemp

from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf

from risk import FactorRisk, StatisticalRiskModel, simple_returns
from taxsleeve import read_account_folder, rebalance
from taxsleeve.example_account import write_example

folder = Path(mkdtemp()) / "account"
write_example(folder, names=120, lots=5, seed=5)
account_folder = read_account_folder(folder)
returns = simple_returns(account_folder.prices)

# %% Three estimators of the factor covariance; the trade list hardly notices, because specific risk rules.
for estimator in (LedoitWolf(assume_centered=True), OAS(), EmpiricalCovariance()):
    model = StatisticalRiskModel(n_factors=10, half_life=126, covariance_estimator=estimator).fit(returns)
    result = rebalance(account_folder.account, account_folder.mandate, model.factor_risk_)
    te = result.check.outcome.tracking_error_after
    print(f"{type(estimator).__name__:20s} tracking error {te:.3%}, worth ${result.certificate.value:,.0f}")

# %% A vendor's model is three arrays and two lists of names.
fitted = model.factor_risk_
vendor = FactorRisk(
    assets=fitted.assets,
    factors=fitted.factors,
    loadings=fitted.loadings,
    factor_covariance=1.1 * fitted.factor_covariance,
    specific_variance=1.1 * fitted.specific_variance,
)
result = rebalance(account_folder.account, account_folder.mandate, vendor)
print(f"a model 10% more cautious: worth ${result.certificate.value:,.0f}")

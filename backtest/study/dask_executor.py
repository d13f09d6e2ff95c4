"""The work done by a Dask cluster; the only module that imports `distributed`, which the extra `dask` installs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from distributed import Client, as_completed
from distributed.scheduler import KilledWorker

from backtest.study.executors import LOST, on_one_thread
from taxsleeve_errors import InputError

__all__ = ["DaskExecutor"]

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2


@dataclass(frozen=True)
class DaskExecutor:
    """Workers of a Dask cluster. They see the folder of the risk models, by the same path.

    Parameters
    ----------
    address : str
        Of the scheduler, as tcp://10.0.0.5:8786.
    timeout : float
        Seconds to wait for it.
    """

    address: str
    timeout: float = 30.0

    def outcomes(self, function: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, str], R]) -> Iterator[R]:
        """Outcomes in the order in which they are there; the scheduler tries tasks of dead workers again.

        Raises
        ------
        InputError
            Nobody answers at the address.
        """
        client = self._client()
        with client, warnings.catch_warnings():
            # A vintage's prices are some megabytes, and belong to the task: a copy on a worker would die with it.
            warnings.filterwarnings("ignore", message="Sending large graph")
            yield from _outcomes(client, function, iter(tasks), lost)

    def check(self) -> None:
        """Find out whether the scheduler answers.

        Raises
        ------
        InputError
            It does not.
        """
        self._client().close()

    def _client(self) -> Client:
        try:
            return Client(self.address, timeout=self.timeout, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError.of("--cluster", "the address of a Dask scheduler", value=self.address) from error


def _outcomes(
    client: Client, function: Callable[[T], R], tasks: Iterator[T], lost: Callable[[T, str], R]
) -> Iterator[R]:
    room = _AHEAD * max(1, sum(client.nthreads().values()))
    under_way = {}
    running = as_completed(loop=client.loop)
    for task in islice(tasks, room):
        future = client.submit(on_one_thread, function, task, pure=False)
        under_way[future.key] = task
        running.add(future)
    for future in running:
        task = under_way.pop(future.key)
        try:
            outcome = future.result()
        except KilledWorker:
            outcome = lost(task, LOST)
        future.release()
        for following in islice(tasks, 1):
            new = client.submit(on_one_thread, function, following, pure=False)
            under_way[new.key] = following
            running.add(new)
        yield outcome

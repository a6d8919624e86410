"""Puts a Prefect task around a plain function: a batch of work that a person wants to see in the run's page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

P = ParamSpec("P")
R = TypeVar("R")


def as_task(function: Callable[P, R], *, name: str, title: Callable[..., str]) -> Callable[P, R]:
    """The function as a task called `name`, each run of it named by `title` from the same arguments.

    Arguments are quoted: looking for futures in 30,000 entries took Prefect 1.6 seconds, and there are none.
    """
    wrapped = task(name=name, cache_policy=NO_CACHE, persist_result=False)(function)

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        named = wrapped.with_options(task_run_name=title(*args, **kwargs))
        return named(*map(quote, args), **{key: quote(value) for key, value in kwargs.items()})  # type: ignore[arg-type]

    return run

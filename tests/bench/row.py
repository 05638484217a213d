"""One line of the bench."""

import math
from dataclasses import dataclass

TOLD = math.inf
"""The target of a figure that explains others."""


@dataclass(frozen=True)
class Row:
    """A figure and the most it may be. floor and here are texts with their units."""

    what: str
    floor: str
    here: str
    figure: float
    target: float

    @property
    def met(self) -> bool:
        return self.figure <= self.target


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]

"""One line of the bench."""

from dataclasses import dataclass


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

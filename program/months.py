"""A calendar month as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, shown as "January 2020" or 2020年1月. ``month`` is 1 to 12."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12 or not 1 <= self.year <= 9999:
            raise ValueError(f"not a month: {self.year}-{self.month}")

    def plus(self, months: int) -> Month:
        """The month that lies ``months`` later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of_text(cls, text: str) -> Month:
        """What `str` wrote. Raises `ValueError`."""
        year, _, month = text.partition("-")
        return cls(int(year), int(month))

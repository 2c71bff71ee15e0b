"""Whether a stated confidence is kept: of what was said with 80 %, four fifths should be right.

Owns the table of ten bins and the expected calibration error (Naeini et al. 2015, "Obtaining well calibrated
probabilities using Bayesian binning").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autocomplete.field import Offered

_BINS = 10


@dataclass
class Reliability:
    """Pairs of a stated confidence and whether it was right."""

    said: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    def add(self, confidence: float | None, right: bool) -> None:
        """Count one; what states no confidence is passed over.

        Raises
        ------
        ValueError
            If the confidence is not a probability.
        """
        if confidence is None:
            return
        if not 0 <= confidence <= 1:
            raise ValueError(f"confidence={confidence}: a probability lies between 0 and 1")
        self.said.append(confidence)
        self.right.append(right)

    def add_all(self, offers: Sequence[Offered], rights: Sequence[bool]) -> None:
        """Count what a bar offers, and whether each was right."""
        for offered, right in zip(offers, rights, strict=True):
            self.add(offered.confidence, right)

    def bins(self) -> list[dict[str, float]]:
        """Give for each bin that is not empty its lower edge, count, mean confidence and share that was right."""
        found = []
        for number in range(_BINS):
            inside = [place for place, said in enumerate(self.said) if min(_BINS - 1, int(said * _BINS)) == number]
            if inside:
                found.append(
                    {
                        "from": number / _BINS,
                        "count": len(inside),
                        "said": sum(self.said[place] for place in inside) / len(inside),
                        "right": sum(self.right[place] for place in inside) / len(inside),
                    }
                )
        return found

    @property
    def error(self) -> float | None:
        """Expected calibration error: the mean gap between what was said and what was right; None if nothing was."""
        if not self.said:
            return None
        return sum(row["count"] * abs(row["said"] - row["right"]) for row in self.bins()) / len(self.said)

    def as_dict(self) -> dict[str, Any]:
        """Give error, count and bins."""
        rows = [{name: round(value, 4) for name, value in row.items()} for row in self.bins()]
        error = self.error
        return {"error": None if error is None else round(error, 4), "count": len(self.said), "bins": rows}

    def table(self, name: str) -> list[str]:
        """Lay the bins out for reading."""
        if self.error is None:
            return [f"confidence of {name}: none was stated"]
        head = f"confidence of {name}: {len(self.said)}, expected calibration error {100 * self.error:.1f} points"
        rows = (
            f"{'':8}{row['from']:8.1f}{row['count']:8.0f}{100 * row['said']:7.1f} %{100 * row['right']:7.1f} %"
            for row in self.bins()
        )
        return [head, f"{'':8}{'from':>8}{'count':>8}{'said':>9}{'right':>9}", *rows]

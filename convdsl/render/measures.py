"""What is measured on validation photographs while a network trains: how it is called, printed and compared."""

from collections.abc import Container

from convdsl.history import Points
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One number a checkpoint. key: in the run's record. less: a smaller one is better.

    others: predictions that need no network, by name, with the keys under which their numbers stand.
    """

    key: str
    name: str
    unit: str
    digits: int
    less: bool
    others: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The name with its unit."""
        return f"{self.name}, in {self.unit}" if self.unit else self.name

    def text(self, value: float) -> str:
        """Print a value, without its unit."""
        return f"{value:.{self.digits}f}"

    def best(self, points: Points) -> tuple[int, float]:
        """Return the first of the best values, with its step; points is not empty."""
        return min(points, key=lambda point: point[1] if self.less else -point[1])

    def beside(self, known: Container[str]) -> tuple[tuple[str, str], ...]:
        """Return those of the others that are known. Where gray is no rival, the mean is that of pictures."""
        found = tuple((name, key) for name, key in self.others if key in known)
        return found if len(found) > 1 else tuple((name.replace("colour", "picture"), key) for name, key in found)


MEASURES = (
    Measure("val_ab_rmse", "ab-RMSE", "", 2, True, (("gray", "val_gray_ab_rmse"), ("mean colour", "val_mean_ab_rmse"))),
    Measure("val_psnr", "PSNR", "dB", 2, False, (("gray", "val_gray_psnr"), ("mean colour", "val_mean_psnr"))),
    Measure("val_accuracy", "accuracy", "", 3, False, (("commonest class", "val_usual"),)),
)

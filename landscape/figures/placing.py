"""Labels that keep out of each other's way: each takes the best free place around its point, or none."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from landscape.elements.reference import Array

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))
CORNERS = tuple((x, y) for y in (1, -1) for x in (0.9, -0.9, 0.4, -0.4))


@dataclass
class Placer:
    """Places labels within ``axes``, which must not be moved afterwards.

    ``taken``: what no label may cover, in pixels; ``curves``: lines that labels cross only when they must;
    ``around``: places around a point, in units of what just clears it, the better first.
    """

    axes: Axes
    taken: list[Bbox] = field(default_factory=list)
    curves: list[Path] = field(default_factory=list)
    around: tuple[tuple[float, float], ...] = SIDES + CORNERS

    def avoid(self, curve: Array) -> None:
        """Keep labels off a curve (k, 2), if that leaves them a place."""
        self.curves.append(Path(self.axes.transData.transform(curve)))

    def block(self, x: float, y: float, radius: float) -> None:
        """Keep labels off a square of half side ``radius`` points around a point."""
        self.taken.append(
            self._box(self.axes.transData.transform((x, y)), np.full(2, 2 * radius * self._dot))
        )

    def put(
        self, text: str, x: float, y: float, *, distance: float, strict: bool = False, **look: Any
    ) -> Annotation | None:
        """Write ``text`` ``distance`` points beside a point where it is free, else nowhere.

        ``strict``: nor where it would cross a curve.
        """
        label = self.axes.annotate(
            text, (x, y), xytext=(0, 0), textcoords="offset points", ha="center", va="center", **look
        )
        renderer = self.axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        size = np.array(label.get_window_extent(renderer).size)
        offsets = np.array(self.around) * (distance * self._dot + size / 2)
        boxes = [self._box(self.axes.transData.transform((x, y)) + offset, size) for offset in offsets]
        best, least = -1, np.inf
        for k, box in enumerate(boxes):
            if least > 0 and self._free(box) and (cost := self._crossings(box)) < least:
                best, least = k, cost
        if best < 0 or (strict and least > 0):
            label.remove()
            return None
        label.set_position(tuple(offsets[best] / self._dot))
        self.taken.append(boxes[best])
        return label

    @property
    def _dot(self) -> float:
        """Pixels per point."""
        return float(self.axes.figure.dpi) / 72

    @staticmethod
    def _box(centre: Array, size: Array) -> Bbox:
        return Bbox([centre - size / 2, centre + size / 2])

    def _crossings(self, box: Bbox) -> int:
        return sum(curve.intersects_bbox(box, filled=False) for curve in self.curves)

    def _free(self, box: Bbox) -> bool:
        window = self.axes.bbox
        inside = window.x0 <= box.x0 and box.x1 <= window.x1 and window.y0 <= box.y0 and box.y1 <= window.y1
        return inside and not box.count_overlaps(self.taken)

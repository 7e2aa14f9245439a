"""Labels that keep out of each other's way: each takes the first free place around its point, or none."""

from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8))
HORIZONTAL = {1: "left", 0: "center", -1: "right"}
VERTICAL = {1: "bottom", 0: "center", -1: "top"}


@dataclass
class Placer:
    """Places labels within ``axes``, which must not be moved afterwards; ``taken``: what is occupied."""

    axes: Axes
    taken: list[Bbox] = field(default_factory=list)

    def block(self, x: float, y: float, radius: float) -> None:
        """Keep labels off a disc of ``radius`` points around a point."""
        px, py = self.axes.transData.transform((x, y))
        r = radius * self.axes.figure.dpi / 72
        self.taken.append(Bbox.from_extents(px - r, py - r, px + r, py + r))

    def put(self, text: str, x: float, y: float, *, distance: float, **look: Any) -> Annotation | None:
        """Write ``text`` ``distance`` points from a point where it is free, else nowhere."""
        renderer = self.axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        for dx, dy in AROUND:
            label = self.axes.annotate(
                text,
                (x, y),
                xytext=(distance * dx, distance * dy),
                textcoords="offset points",
                ha=HORIZONTAL[round(dx)],
                va=VERTICAL[round(dy)],
                **look,
            )
            box = label.get_window_extent(renderer)
            if self._free(box):
                self.taken.append(box)
                return label
            label.remove()
        return None

    def _free(self, box: Bbox) -> bool:
        window = self.axes.bbox
        inside = window.x0 <= box.x0 and box.x1 <= window.x1 and window.y0 <= box.y0 and box.y1 <= window.y1
        return inside and not box.count_overlaps(self.taken)

"""A synthetic recording as the capture folder that `landscape import` reads: image files and capture.toml."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from holography.synthetic import Recording, Scene


def write_capture(
    folder: Path,
    recording: Recording,
    scene: Scene,
    *,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write frames (PNG for integers, NPY for floats) and the capture.toml that describes them; returns its path.

    ``sections`` adds to or replaces keys: ``{"processing": {"coherence": 0.5}}``.
    """
    import imagecodecs

    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".npy" if next(iter(recording.frames.values())).dtype.kind in "fc" else ".png"
    for name, frame in recording.frames.items():
        if suffix == ".npy":
            np.save(folder / f"{name}.npy", frame)
        else:
            (folder / f"{name}.png").write_bytes(imagecodecs.png_encode(frame))
    content: dict[str, dict[str, Any]] = {k: dict(v) for k, v in recording.settings.items()}
    for key in ("deformed", "reference", "wrapped", "values"):
        if key in content["frames"]:
            content["frames"][key] += suffix
    if recording.kind != "displacement":
        content["optics"] = _optics(scene)
    for name, keys in (sections or {}).items():
        content[name] = {**content.get(name, {}), **keys}
    path = folder / "capture.toml"
    path.write_text(
        to_toml({"kind": recording.kind, **{k: v for k, v in content.items() if v}}), encoding="utf-8"
    )
    return path


def _optics(scene: Scene) -> dict[str, Any]:
    optics = scene.sensitivity
    return {
        "wavelength": optics.wavelength,
        "illumination": list(optics.illumination),
        "observation": list(optics.observation),
        "phase_sign": optics.phase_sign,
    }


def control_points(scene: Scene, points: Sequence[tuple[float, float]]) -> list[dict[str, list[float]]]:
    """Plate points (m) with the pixels that show them, as [camera] control_points wants them."""
    return [{"pixel": list(scene.view.pixel(x, y)), "plate": [x, y]} for x, y in points]


def to_toml(content: Mapping[str, Any]) -> str:
    """Text of a capture.toml: plain keys first, then one table per section."""
    plain = [f"{k} = {_literal(v)}" for k, v in content.items() if not isinstance(v, Mapping)]
    tables = [(name, table) for name, table in content.items() if isinstance(table, Mapping)]
    blocks = [f"[{n}]\n" + "\n".join(f"{k} = {_literal(v)}" for k, v in t.items()) for n, t in tables]
    return "\n\n".join(["\n".join(plain), *blocks]) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_literal(v)}" for k, v in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return repr(int(value)) if isinstance(value, int | np.integer) else repr(float(value))

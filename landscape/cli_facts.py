"""What a capture and a deformation hold, for `landscape info`."""

from pathlib import Path
from typing import Any

Facts = list[tuple[str, str]]


def deformation_facts(file: Path) -> Facts:
    """What was measured, and every value that the import took or found."""
    from holography.deformationfile import read_deformation

    found = read_deformation(file)
    summary, made = found.summary(), found.provenance or {}
    rows, columns = found.mask.shape
    facts = [
        ("what", "deformation: a mode shape" if found.kind == "mode" else "deformation: a static deflection"),
        ("pixels", f"{columns} x {rows}, {100 * summary['valid']:.1f}% valid"),
        ("axes", "plate, in metres" if found.length_unit == "m" else "pixels: no scale is known"),
        ("largest", _nanometres(summary["largest"])),
        ("smallest", _nanometres(summary["smallest"])),
        ("sigma", _nanometres(summary["sigma"])),
    ]
    for name, value, unit in (
        ("frequency", found.frequency, "Hz"),
        ("pressure", found.pressure, "Pa"),
        ("areal density", found.areal_density, "kg/m^2"),
    ):
        if value is not None:
            facts.append((name, f"{value:.6g} {unit}"))
    facts += [(name, _plain(value)) for name, value in made.get("used", {}).items()]
    facts += [("input", entry["file"]) for entry in made.get("inputs", [])]
    return facts + [("warning", text) for text in summary["warnings"]]


def capture_facts(file: Path) -> Facts:
    """What capture.toml says, default values included where they are used, and the files it names."""
    from holography.capture import input_files, read_capture

    capture = read_capture(file)
    facts = [
        ("what", f"capture, kind {capture.kind}; values in SI units"),
        ("title", capture.title or "none"),
    ]
    for section, keys in capture.model_dump(mode="json").items():
        if isinstance(keys, dict):
            facts += [(f"{section}.{key}", _plain(value)) for key, value in keys.items() if value is not None]
    return facts + [("file", path.name) for path in input_files(capture)]


def _nanometres(value: float | None) -> str:
    return "unknown" if value is None else f"{1e9 * value:.4g} nm"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(f"[{_plain(v)}]" if isinstance(v, list) else _plain(v) for v in value) or "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""Who may import whom: a module its own layer and those before it, no more."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = [
    "errors units files tables ranks",
    "mesh plate curves geometry",
    "case case_mesh case_sections case_supports case_tables elements",
    "system",
    "linalg rigid",
    "static modes locate field options",
    "absolute l2 polygons morley_mesh morley_bounds prolongation bounds edges estimator accuracy topography sampling",
    "localization adapt node_topography distributed",
    "solution",
    "summary results export uff figures study study_plate study_run study_statistics study_table study_workers",
    "holography",
    "holography, last",
    "printing cli __main__",
]
ORDER = {name: k for k, names in enumerate(LAYERS[:-3]) for name in names.split()}
IMAGES, COMPARING, COMMANDS = range(len(LAYERS) - 3, len(LAYERS))
LAST = (
    "comparison",
    "prediction",
    "peaks",
    "watershed",
    "figures",
    "sheets",
    "batch",
    "report",
    "twin",
    "experiment",
)
FOR_IMAGES = {"errors", "units", "files", "tables"}
FILES = sorted(path for folder in ("landscape", "holography") for path in (ROOT / folder).rglob("*.py"))


def layer(module: str) -> int:
    """Return the number of a module's layer; the package itself, which imports on demand, is below all."""
    package, name = [*module.split("."), "__init__"][:2]
    if package == "holography":
        return COMPARING if name.startswith(LAST) else IMAGES
    if name.startswith(("cli", "printing", "__main__")):
        return COMMANDS
    assert name == "__init__" or name in ORDER, f"{module}: say in LAYERS where it stands"
    return ORDER.get(name, -1)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, *, inside: bool = True) -> Iterator[str]:
    """Yield the modules a file imports; at module level only, unless ``inside`` functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if inside else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def allowed(me: str, it: str) -> bool:
    if layer(me) == IMAGES and it.startswith("landscape."):
        return it.split(".")[1] in FOR_IMAGES
    return layer(it) <= layer(me)


def test_modules_import_what_stands_before_them():
    ours = [
        (name_of(p), m) for p in FILES for m in imports(p) if m.split(".")[0] in ("landscape", "holography")
    ]
    wrong = [f"{me} imports {it}" for me, it in ours if "." in me and not allowed(me, it)]
    assert wrong == []


def test_only_figures_know_matplotlib():
    drawing = [name_of(p) for p in FILES if any(m.startswith("matplotlib") for m in imports(p, inside=False))]
    assert all(name.split(".")[1].startswith(("figures", "sheets", "report")) for name in drawing), drawing


def test_only_the_command_line_prints():
    for path in FILES:
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        prints = any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)
        assert not prints or layer(name_of(path)) == COMMANDS, path


def test_importing_the_package_is_light():
    heavy = "('matplotlib', 'cv2', 'pint', 'gmsh', 'scipy', 'skfem')"
    code = f"import landscape, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"

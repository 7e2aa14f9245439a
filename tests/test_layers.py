"""Who may import whom: a module its own layer and those before it, no more."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = [
    "errors units",
    "mesh plate geometry curves",
    "tables case case_sections case_supports elements",
    "system",
    "linalg rigid",
    "static modes locate field",
    "polygons morley_mesh bounds adapt topography sampling",
    "solution",
    "files summary results figures_mesh figures export",
    "holography",
    "holography.comparison holography.sheets holography.report",
    "printing cli_output cli_files cli_solve cli __main__",
]
ORDER = {name: k for k, names in enumerate(LAYERS) for name in names.split()}
FOR_IMAGES = {"errors", "units", "files"}
FILES = sorted(path for folder in ("landscape", "holography") for path in (ROOT / folder).rglob("*.py"))


def place(module: str) -> str:
    """Return the name of a module in ``LAYERS``."""
    package, *rest = module.split(".")
    if package == "holography":
        return module if module in ORDER else "holography"
    return rest[0] if rest else "__init__"


def imported(path: Path, *, inside: bool = True) -> set[str]:
    """Return the modules a file imports, at module level only unless ``inside`` functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if inside else tree.body
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.add(str(node.module))
    return found


def own(path: Path) -> str:
    return place(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def test_modules_import_what_stands_before_them():
    wrong = []
    for path in FILES:
        me = own(path)
        for module in imported(path):
            it = place(module) if module.split(".")[0] in ("landscape", "holography") else None
            if it is None or me == "__init__" or (it == "__init__" and ORDER[me] == len(LAYERS) - 1):
                continue
            late = ORDER[it] > ORDER[me] or (me == "holography" and ORDER[it] < ORDER[me] and it not in FOR_IMAGES)
            wrong += [f"{path.relative_to(ROOT)} imports {module}"] if late else []
    assert wrong == []


def test_only_figures_know_matplotlib():
    drawing = {"figures", "figures_mesh", "holography.sheets", "holography.report"}
    known = {own(path) for path in FILES if any(m.startswith("matplotlib") for m in imported(path, inside=False))}
    assert known <= drawing


def test_only_the_command_line_prints():
    printing = set()
    for path in FILES:
        calls = (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call))
        if any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls):
            printing.add(own(path))
    assert all(name.startswith("cli") for name in printing)


def test_importing_the_package_is_light():
    code = "import landscape, sys; print([m for m in ('matplotlib', 'cv2', 'pint', 'gmsh') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"

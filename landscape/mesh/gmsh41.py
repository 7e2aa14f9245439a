"""gmsh 4.1 files in which only some entities are named, made readable for meshio.

meshio drops the tags of entities without a physical group and then finds fewer tags than blocks of cells
(``Incompatible cell data``). Giving such entities the physical tag 0, gmsh's own word for none, cures it.
"""

import struct
from collections.abc import Callable

COORDINATES = (3, 6, 6, 6)
"""Numbers after the tag of a point, curve, surface, volume in $Entities."""
OPEN, CLOSE = b"$Entities\n", b"$EndEntities"


def with_all_tags(data: bytes) -> bytes:
    """Return the content of a gmsh 4.1 file in which every entity has a physical tag, 0 where it had none."""
    start = data.index(OPEN) + len(OPEN)
    version = data.split(b"\n", 2)[1].split()
    if version[1] == b"0":
        end = data.index(CLOSE, start)
        return data[:start] + _ascii(data[start:end]) + data[end:]
    body, end = _binary(data, start)
    return data[:start] + body + data[end:]


def _ascii(section: bytes) -> bytes:
    """Return the section between $Entities and $EndEntities, completed."""
    head, *lines = section.decode().split("\n")
    rows = iter(lines)
    out = [head]
    for dimension, count in enumerate(map(int, head.split())):
        for _ in range(count):
            words = next(rows).split()
            at = 1 + COORDINATES[dimension]
            out.append(
                " ".join([*words[:at], *(["1", "0"] if words[at] == "0" else [words[at]]), *words[at + 1 :]])
            )
    return ("\n".join(out) + "\n").encode()


def _binary(data: bytes, start: int) -> tuple[bytes, int]:
    """Return the completed section and where the old one ends."""
    at = start
    out = []

    def take(form: str, change: Callable[[tuple], bytes] | None = None) -> tuple:
        nonlocal at
        size = struct.calcsize("=" + form)
        values = struct.unpack_from("=" + form, data, at)
        out.append(change(values) if change else data[at : at + size])
        at += size
        return values

    for dimension, count in enumerate(take("4Q")):
        for _ in range(count):
            take(f"i{COORDINATES[dimension]}d")
            (tags,) = take("Q", lambda n: struct.pack("=Qi", 1, 0) if n == (0,) else struct.pack("=Q", *n))
            take(f"{tags}i")
            if dimension:
                take(f"{take('Q')[0]}i")
    return b"".join(out), at

"""TOML files against their schema: a wrong key is answered with the file, the key, what came, what was expected."""

import difflib
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from landscape.errors import InputError


class Table(BaseModel):
    """A table of a TOML file: no key but its fields, no conversion of types, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def read_table(path: Path, model: type[Model]) -> Model:
    """Return a TOML file as ``model``; raise ``InputError`` naming the file and the key otherwise."""
    if not path.is_file():
        raise InputError(f"{path}: no such file.", "Check the name and the folder.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file in UTF-8.", "Needed a TOML file.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path}: not valid TOML ({error}).", 'Quantities with a unit are quoted: thickness = "0.5 mm".'
        ) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _explained(path, model, error) from None


def _explained(path: Path, model: type[BaseModel], error: ValidationError) -> InputError:
    """Return the first complaint of pydantic in our words."""
    complaints = error.errors(include_url=False)
    unknown = [item for item in complaints if item["type"] == "extra_forbidden"]
    first = (unknown or complaints)[0]
    key = ".".join(str(part) for part in first["loc"])
    more = f" ({len(complaints) - 1} more like it)" if len(complaints) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return InputError(f"{path}: unknown key {key!r}{more}.", f"{hint}Known here: {', '.join(known)}.")
    if first["type"] == "missing":
        return InputError(f"{path}: the key {key!r} is missing{more}.")
    return InputError(f"{path}: {key} = {first['input']!r}: {first['msg'].removeprefix('Value error, ')}{more}.")


def _fields_at(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """Return the keys known in the table at ``where``."""
    for part in where:
        found = model.model_fields.get(str(part))
        inner = getattr(found, "annotation", None)
        candidates = [inner, *getattr(inner, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    return [field.alias or name for name, field in model.model_fields.items()]

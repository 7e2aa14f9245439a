"""TOML files against their schema: an error names the file, the key, what came, what was needed."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from landscape.errors import InputError


class Table(BaseModel):
    """A table of a TOML file: no key but its fields, no conversion of types, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Model = TypeVar("Model", bound=BaseModel)


def read_table(path: Path, model: type[Model]) -> Model:
    """Return a TOML file as ``model``; raise ``InputError`` naming the file and the key otherwise."""
    return checked(path, read_toml(path), model)


def checked(path: Path, content: dict[str, Any], model: type[Model]) -> Model:
    """Return the contents of ``path`` as ``model``; raise ``InputError`` naming the file and the key otherwise."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _explained(path, model, error, content) from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file; raise ``InputError`` when it is not there or not TOML."""
    if not path.is_file():
        raise InputError(f"{path}: no such file.", "Check the name and the folder.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file in UTF-8.", "Needed a TOML file.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path}: not valid TOML ({error}).", 'Quantities with a unit are quoted: thickness = "0.5 mm".'
        ) from None


def _explained(path: Path, model: type[BaseModel], error: ValidationError, content: Any) -> InputError:
    """Return pydantic's complaints about the first wrong key, in our words."""
    complaints = error.errors(include_url=False)
    unknown = [item for item in complaints if item["type"] == "extra_forbidden"]
    first = (unknown or complaints)[0]
    key, value = _at(content, first["loc"])
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return InputError(f"{path}: unknown key {key!r}.", f"{hint}Known here: {', '.join(known)}.")
    if first["type"] == "missing":
        return InputError(f"{path}: the key {'.'.join(map(str, first['loc']))!r} is missing.")
    same = [item["msg"] for item in complaints if _at(content, item["loc"])[0] == key]
    wanted = " or ".join(dict.fromkeys(_wanted(message) for message in same))
    return InputError(f"{path}: {key}: needed {wanted}, got {value!r}.")


def _at(content: Any, where: tuple[int | str, ...]) -> tuple[str, Any]:
    """Return the dotted key and value at ``where``, as far as it names what the file holds."""
    parts: list[str] = []
    for part in where:
        inside = range(len(content)) if isinstance(content, list) else content
        if isinstance(content, dict | list) and part in inside:
            content = content[part]  # type: ignore[index]
        else:
            break
        parts.append(str(part))
    return ".".join(parts), content


def _wanted(message: str) -> str:
    """Return pydantic's message as what was needed."""
    words = {"dictionary": "table", "list": "array", "string": "text"}
    if "instance of" in message:
        return "a table"
    short = message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("a valid ")
    if "a valid " not in message:
        return short
    noun = words.get(short, short)
    return noun if noun == "text" else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _fields_at(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """Return the keys known in the table at ``where``."""
    for part in where:
        found = model.model_fields.get(str(part))
        inner = getattr(found, "annotation", None)
        candidates = [inner, *getattr(inner, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    return [field.alias or name for name, field in model.model_fields.items() if not field.exclude]

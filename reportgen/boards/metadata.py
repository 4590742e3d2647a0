"""data.txt, both ways.

Read as YAML, but suspiciously: the file may come from anybody who can write to the board, from R
(``api_version: 1.0``, ``tags: ~``) or from a write that was killed. PyYAML answers some texts
with a bare ValueError, AttributeError or RecursionError, so these are named here too. Its C
parser, eight times faster, sees only texts that cannot nest deeply: of many ``[`` in a row its
stack overflows, which ends the process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import yaml

from reportgen.boards.names import created_of, file_fault
from reportgen.errors import DataError

__all__ = ["LONGEST_METADATA", "Description", "read_description", "write_description"]

LONGEST_METADATA = 2 * 1024 * 1024  # bytes; a vetiver prototype of 10,000 columns has about 1 MB
_MOST_ITEMS = 200_000  # after aliases are followed, so that a few of them cannot fill the memory
_DEEPEST = 60
_KNOWN = frozenset(
    [
        "api_version",
        "created",
        "description",
        "file",
        "file_size",
        "pin_hash",
        "tags",
        "title",
        "type",
        "user",
    ]
)
_NULL = "tag:yaml.org,2002:null"
_HEX = frozenset("0123456789abcdef")


_SHALLOW = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What data.txt says.

    Attributes
    ----------
    sizes : bytes of each file; None where R could not write it (``.na`` or ``3.1e+09``)
    sha256 : of data.txt itself
    """

    created: datetime
    type: str
    files: tuple[str, ...]
    sizes: tuple[int | None, ...]
    pin_hash: str
    title: str
    description: str
    metadata: Mapping[str, Any]
    tags: tuple[str, ...]
    extra: Mapping[str, Any]
    sha256: str


@lru_cache(maxsize=512)
def read_description(content: bytes) -> Description:
    """Read data.txt; the same text again costs nothing, as it comes up once per question asked.

    Raises
    ------
    ValueError
        It cannot be read, lacks a key, or a key has a value that it cannot have; the message
        says which.
    """
    if len(content) > LONGEST_METADATA:
        raise ValueError(f"it has more than {LONGEST_METADATA:,} bytes")
    try:
        return _describe(_load(content), sha256(content).hexdigest())
    except yaml.MarkedYAMLError as mistake:
        line = f"line {mistake.problem_mark.line + 1}: " if mistake.problem_mark else ""
        raise ValueError(f"{line}{mistake.problem or mistake.context or 'not YAML'}") from mistake
    except RecursionError as mistake:
        raise ValueError("its parts lie too deep in each other") from mistake
    except (yaml.YAMLError, AttributeError, TypeError, LookupError, ArithmeticError) as mistake:
        raise ValueError(f"not YAML ({type(mistake).__name__})") from mistake


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The same mapping twice: as it was written, and as YAML understands it.

    A hash of digits only, or a title such as 2013, is a number to YAML and a text to us.
    """

    written: Mapping[str, tuple[str, ...] | None]
    understood: Mapping[str, Any]

    def text(self, key: str) -> str:
        said = self.written.get(key)
        return said[0] if said else ""

    def texts(self, key: str) -> tuple[str, ...]:
        return self.written.get(key) or ()


def _load(content: bytes) -> _Loaded:
    text = content.decode("utf-8-sig")
    quick = yaml.__with_libyaml__ and _nesting(text) < _SHALLOW
    loader = yaml.CSafeLoader(text) if quick else yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ValueError("it is empty")
        if not isinstance(node, yaml.MappingNode):
            raise ValueError("it is not a list of keys and values")
        written: dict[str, tuple[str, ...] | None] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ValueError("a key is not a text")
            if key.value in written:
                raise ValueError(f"it says {key.value!r} twice")
            written[key.value] = _as_written(value)
        understood = loader.construct_document(node)
    finally:
        loader.dispose()
    return _Loaded(written, _plain(understood, [_MOST_ITEMS], 0))


def _nesting(text: str) -> int:
    """Say how deep a text can nest at most: by brackets, by dashes and by indentation."""
    indented = max((len(line) - len(line.lstrip()) for line in text.splitlines()), default=0)
    return indented + sum(text.count(opening) for opening in "[{-?")


def _as_written(node: yaml.Node) -> tuple[str, ...] | None:
    """Scalars as text; None for what is null or nested."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == _NULL else (node.value,)
    if not isinstance(node, yaml.SequenceNode):
        return None
    plain = all(isinstance(item, yaml.ScalarNode) for item in node.value)
    return tuple(item.value for item in node.value) if plain else None


def _plain(item: object, left: list[int], depth: int) -> Any:
    """Copy into JSON data, counting what aliases repeat."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"it describes more than {_MOST_ITEMS:,} items")
    if depth > _DEEPEST:
        raise ValueError("its parts lie too deep in each other")
    if isinstance(item, dict):
        return {_key(key): _plain(value, left, depth + 1) for key, value in item.items()}
    if isinstance(item, list | tuple | set):
        return [_plain(value, left, depth + 1) for value in item]
    if isinstance(item, bytes):
        return item.hex()
    if isinstance(item, date):
        return item.isoformat()
    return item


def _key(key: object) -> str:
    if isinstance(key, date):
        return key.isoformat()
    return key if isinstance(key, str) else str(key)


def _describe(loaded: _Loaded, digest: str) -> Description:
    if not _is_one(loaded.text("api_version")):
        raise ValueError(_other_api(loaded.text("api_version")))
    files, sizes = _files(loaded)
    metadata = loaded.understood.get("user")
    if not (metadata is None or isinstance(metadata, dict)):
        raise ValueError("user is not a list of keys and values")
    return Description(
        created=created_of(loaded.text("created")),
        type=_type(loaded.text("type")),
        files=files,
        sizes=sizes,
        pin_hash=_pin_hash(loaded.text("pin_hash")),
        title=loaded.text("title"),
        description=loaded.text("description"),
        metadata=metadata or {},
        tags=loaded.texts("tags"),
        extra={k: v for k, v in sorted(loaded.understood.items()) if k not in _KNOWN},
        sha256=digest,
    )


def _is_one(text: str) -> bool:
    try:
        return float(text) == 1
    except ValueError:
        return False


def _other_api(text: str) -> str:
    if not text:
        return "no api_version; a pins older than 1.0 wrote it, or something else did"
    return f"api_version is {text!r}, and we read 1"


def _files(loaded: _Loaded) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    files = loaded.texts("file")
    if not files:
        raise ValueError("it names no file")
    for file in files:
        if fault := file_fault(file):
            raise ValueError(f"file {fault}")
    if len({file.casefold() for file in files}) != len(files):
        raise ValueError("it names a file twice")
    sizes = tuple(_size(text) for text in loaded.texts("file_size")) or (None,) * len(files)
    if len(sizes) != len(files):
        raise ValueError(f"it names {len(files)} files and {len(sizes)} sizes")
    return files, sizes


def _size(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 18:
        return int(text)
    if text in {".na", ".na.integer", ".na.real", "NA", "~"}:
        return None
    number = float(text)
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"file_size is {text!r}")
    return None if "e" in text.lower() else int(number)  # R rounds 3123456789 to 3.123457e+09


def _type(text: str) -> str:
    if not text or len(text) > 40 or not all(x.isalnum() or x in "_-." for x in text):
        raise ValueError(f"type is {text!r}")
    return text


def _pin_hash(text: str) -> str:
    if len(text) != 16 or not _HEX.issuperset(text):
        raise ValueError(f"pin_hash is {text[:40]!r}, which is not 16 hex digits")
    return text


def write_description(
    *,
    created: datetime,
    type: str,  # noqa: A002
    files: Sequence[str],
    sizes: Sequence[int],
    pin_hash: str,
    title: str,
    description: str,
    metadata: Mapping[str, Any],
) -> bytes:
    """Write data.txt with the keys, and in the order, of ``pins`` for Python.

    Raises
    ------
    DataError
        The metadata hold something that YAML cannot, or that would not read back the same.
    """
    single = len(files) == 1
    plain: dict[str, Any] = {
        "api_version": 1,
        "created": f"{created.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        "description": description or None,
        "file": files[0] if single else list(files),
        "file_size": sizes[0] if single else list(sizes),
        "pin_hash": pin_hash,
        "title": title,
        "type": type,
    }
    try:
        plain["user"] = _plain(dict(metadata), [_MOST_ITEMS], 0)
        content = yaml.safe_dump(plain, sort_keys=True).encode()
        read = read_description(content)
    except (yaml.YAMLError, ValueError, RecursionError) as mistake:
        raise DataError(
            f"The metadata of the pin cannot be written as YAML: {mistake}. "
            "Use texts, numbers, lists and dictionaries."
        ) from mistake
    if (read.files, read.title, read.metadata) != (tuple(files), title, plain["user"]):
        raise DataError(
            "The metadata of the pin would not read back as they were written. "
            "Use texts, numbers, lists and dictionaries with texts as keys."
        )
    return content

"""From what a project says of its site to a shelf that editions can be put on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.errors import UserError, near_miss
from reportgen.publish.durable import told_apart, write_atomically
from reportgen.publish.folder import FolderShelf
from reportgen.publish.janitor import sweep_temporary
from reportgen.publish.shelf import Shelf

if TYPE_CHECKING:
    from reportgen.publish.bucket import Bucket
    from reportgen.report import Project, SiteSpec

__all__ = ["open_bucket", "open_shelf", "private_folder"]

_PRIVATE = ".reportgen"

_STORES = {"s3": "s3://", "gcs": "gs://", "azure": "az://"}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "folder": (),
    "git": ("branch", "folder", "token"),
    "connect": ("key", "content", "name"),
}


def open_shelf(project: Project) -> Shelf:
    """Open the site of a project; nothing of the site is read or written yet.

    Raises
    ------
    MissingToolError
        The kind of place needs a package or program that is not installed.
    UserError
        An option that this kind of place does not have.
    """
    sweep_temporary()
    site = project.site
    if isinstance(site, Path):
        return FolderShelf(site, title=project.name)
    _check_options(site)
    match site.type:
        case "folder":
            return FolderShelf(project.folder / site.path, title=project.name)
        case "pin":
            from reportgen.publish.pin import open_pin_shelf

            return open_pin_shelf(site, project.board, project.folder)
        case "git":
            from reportgen.publish.git import open_git_shelf

            return open_git_shelf(site, project.folder, title=project.name)
        case "connect":
            from reportgen.publish.connect import open_connect_shelf

            return open_connect_shelf(site, project.folder, title=project.name)
        case _:
            from reportgen.publish.objects import ObjectShelf

            return ObjectShelf(open_bucket(site), title=project.name)


def private_folder(base: Path, name: str) -> Path:
    """Give a folder beside reportgen.yml for what belongs to this machine; git is told so."""
    folder = base / _PRIVATE / name
    ignored = folder / ".gitignore"
    with told_apart(folder):
        if not ignored.is_file():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(ignored, b"*\n")
    return folder


def open_bucket(site: SiteSpec) -> Bucket:
    """Open the object store of a site."""
    place = f"{_STORES[site.type]}{site.path.strip('/')}"
    match site.type:
        case "s3":
            from reportgen.publish.bucket_s3 import open_s3

            return open_s3(site, place)
        case "gcs":
            from reportgen.publish.bucket_gcs import open_gcs

            return open_gcs(site, place)
        case _:
            from reportgen.publish.bucket_azure import open_azure

            return open_azure(site, place)


def _check_options(site: SiteSpec) -> None:
    known = _OPTIONS.get(site.type)
    for option in sorted(site.options):
        if known is not None and option not in known:
            raise UserError(
                f"A site of type {site.type} has no option {option!r}. {near_miss(option, known)}"
            )

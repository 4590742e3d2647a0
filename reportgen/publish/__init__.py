"""Publishing: rendered files and their record become an edition on a shelf, whole or not at all.

An edition is built beside the site, made durable, read back, and renamed into place; where nothing
can be renamed, it appears with its manifest. The pages that list editions are derived from the
manifests and can be rebuilt at any time.
"""

from __future__ import annotations

from reportgen.publish.edition import publish_document
from reportgen.publish.fingerprint import fingerprint
from reportgen.publish.folder import FolderShelf
from reportgen.publish.janitor import temporary_prefix
from reportgen.publish.manifest import dump_manifest, load_manifest
from reportgen.publish.opening import open_shelf
from reportgen.publish.remake import compare_remake
from reportgen.publish.shelf import Shelf
from reportgen.publish.status import ReportStatus, site_status

__all__ = [
    "FolderShelf",
    "ReportStatus",
    "Shelf",
    "compare_remake",
    "dump_manifest",
    "fingerprint",
    "load_manifest",
    "open_shelf",
    "publish_document",
    "site_status",
    "temporary_prefix",
]

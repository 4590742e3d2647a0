"""A site in a branch of a git repository, as Pages services show it: one commit per publication.

The branch is checked out into a private folder of this machine, which may be lost at any time: it
is set back to the branch before each publication, so that a kill leaves nothing in it that counts.
An edition is published when its commit was pushed. Nothing is forced: when somebody else pushed in
between, the edition is put on top of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from reportgen.errors import RetryError, UserError
from reportgen.publish.durable import lock_site, told_apart
from reportgen.publish.folder import FolderShelf
from reportgen.publish.git_command import Git, GitRefusedError
from reportgen.publish.names import folder_of, report_folder
from reportgen.publish.workshop import WORKSHOP
from reportgen.report import Document, Manifest, SiteSpec

__all__ = ["GitShelf", "open_git_shelf"]

_TRIES = 10
_WAIT_S = 600.0


class GitShelf:
    """Editions as commits.

    Parameters
    ----------
    git : in the private folder
    remote : address or path of the repository
    folder : of the site within the branch; empty: the whole branch
    """

    def __init__(
        self, git: Git, remote: str, *, branch: str, folder: str = "", title: str = "Reports"
    ) -> None:
        self._git = git
        self._remote = remote
        self._branch = branch
        self._looked = False
        self._site = FolderShelf(git.folder / folder, title=title, links=False)

    def find(self, report: str, edition: str) -> Manifest | None:
        """Give the newest revision of an edition, or None; `put` looks at the branch again."""
        with self._checked_out(again=False):
            found = self._site.find(report, edition)
        return None if found is None else self._placed(found)

    def editions(self) -> tuple[Manifest, ...]:
        """Every revision of every edition that can be read; by report, oldest first."""
        with self._checked_out():
            return tuple(self._placed(found) for found in self._site.editions())

    def read(self, manifest: Manifest, name: str) -> bytes:
        """Read a file of a published edition; see `Shelf.read`."""
        with self._checked_out(again=False):
            return self._site.read(manifest, name)

    def put(self, document: Document, manifest: Manifest) -> Manifest:
        """Publish with one commit, pages and pointer included; see `Shelf.put`.

        Raises
        ------
        RetryError
            The repository cannot be reached, or others push all the time.
        UserError
            We may not push.
        ToolError
            A rendered page is not the one that was asked for.
        """
        for _ in range(_TRIES):
            with self._checked_out():
                put = self._site.put(document, manifest)
                if not put.fresh:
                    return self._placed(put)
                self._site.refresh()
                words = f"{put.report} {put.edition}: {put.state}\n\n{put.sentence}\n"
                if self._commit(words, put.made.isoformat()):
                    return self._placed(put)
        raise RetryError(f"{self._git.place}: others push all the time. Try again.")

    def refresh(self) -> None:
        """Rebuild the pages that list editions; nothing is committed when they are right."""
        for _ in range(_TRIES):
            with self._checked_out():
                editions = self._site.editions()
                self._site.refresh()
                newest = max((edition.made.isoformat() for edition in editions), default="")
                if not newest or self._commit("Pages that list the editions\n", newest):
                    return
        raise RetryError(f"{self._git.place}: others push all the time. Try again.")

    @contextmanager
    def _checked_out(self, *, again: bool = True) -> Iterator[None]:
        """Hold the private folder, with the branch as it is now in it."""
        folder = self._git.folder
        with told_apart(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with lock_site(folder.with_name(f"{folder.name}.lock"), _WAIT_S):
                if again or not self._looked:
                    self._set_back()
                    self._looked = True
                yield

    def _set_back(self) -> None:
        run, branch = self._git.run, self._branch
        self._set_up()
        if not run("ls-remote", "--", self._remote, f"refs/heads/{branch}"):
            run("update-ref", "-d", f"refs/heads/{branch}")
            run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
            run("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", ".")
        else:
            run("fetch", "--quiet", "--depth=1", "--", self._remote, f"refs/heads/{branch}")
            run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
            run("reset", "--quiet", "--hard", "FETCH_HEAD")
        run("clean", "--quiet", "-d", "--force", f"--exclude={WORKSHOP}/")

    def _set_up(self) -> None:
        """Make the repository what we need; each time, for one may have been killed over it."""
        run, inside = self._git.run, self._git.folder / ".git"
        for left in inside.rglob("*.lock"):
            left.unlink(missing_ok=True)  # of a git that is dead: we hold the folder
        run("init", "--quiet", f"--initial-branch={self._branch}")
        run("config", "core.autocrlf", "false")  # the bytes are those of the manifest
        if not run("config", "--default", "", "--get", "user.email").strip():
            run("config", "user.name", "reportgen")
            run("config", "user.email", "reportgen@localhost")
        (inside / "info").mkdir(exist_ok=True)
        (inside / "info" / "exclude").write_text(f"{WORKSHOP}/\n.*.new\n", encoding="utf-8")

    def _commit(self, words: str, when: str) -> bool:
        """Commit and push what changed; False when the branch has moved on."""
        run = self._git.run
        plain = self._site.site / ".nojekyll"  # Pages would leave out what it takes for drafts
        plain.touch()
        run("add", "--all", "--", ".")
        if not run("status", "--porcelain", "--untracked-files=no"):
            return True
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        run("commit", "--quiet", "--no-verify", "--no-gpg-sign", f"--message={words}", when=dates)
        try:
            run("push", "--quiet", "--", self._remote, f"HEAD:refs/heads/{self._branch}")
        except GitRefusedError:
            return False
        return True

    def _placed(self, manifest: Manifest) -> Manifest:
        place = (
            f"{report_folder(manifest.report)}/{folder_of(manifest.edition, manifest.revision)}"
        )
        return replace(manifest, folder=None, address=f"{self._git.place} {self._branch}:{place}")


def open_git_shelf(site: SiteSpec, base: Path, *, title: str) -> GitShelf:
    """Open a branch as a site.

    Parameters
    ----------
    site : its path is an address that git knows, or the path of a repository
    base : folder of the project, in which a relative path starts

    Raises
    ------
    UserError
        The address has a password in it, or the branch is none.
    """
    from reportgen.publish.opening import private_folder

    remote = site.path
    if "://" in remote:
        if "@" in urlsplit(remote).netloc and urlsplit(remote).scheme in {"http", "https"}:
            raise UserError(
                "The address of the site's repository has a user name or password in it. Give "
                "options: {token: ${TOKEN}} instead, or let git's credential helper know it."
            )
    elif ":" not in remote:
        remote = str((base / Path(remote).expanduser()).resolve())
    branch = str(site.options.get("branch", "gh-pages"))
    folder = str(site.options.get("folder", "")).strip("/")
    if branch.startswith("-") or ".." in branch or ".." in folder.split("/"):
        raise UserError(f"{branch!r} and {folder!r} are no branch and folder for a site.")
    key = sha256(f"{remote}\n{branch}".encode()).hexdigest()[:16]
    private = private_folder(base, "git") / key
    shown = remote if ":" in remote else Path(remote).name
    git = Git(private, shown, token=str(site.options.get("token", "") or ""))
    return GitShelf(git, remote, branch=branch, folder=folder, title=title)

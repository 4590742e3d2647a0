"""A site in a branch, against real repositories: one commit per publication, nothing forced."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from reportgen.errors import RetryError, UserError
from reportgen.publish import open_shelf, publish_document, site_status
from reportgen.publish.git import GitShelf
from reportgen.report import BoardSpec, Manifest, Project, SiteSpec
from tests.unit.publish.sample import NOW, sample_data, sample_document, sample_inputs

REPORT = "late-flights-weekly"
ROOT = Path(__file__).parents[3]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git settings but these; the worst that a user may have set."""
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    bare = tmp_path / "flights.git"
    bare.mkdir()
    git(bare, "init", "--quiet", "--bare", "--initial-branch=main")
    return bare


def shelf_of(project: Path, remote: Path | str, **options: str) -> GitShelf:
    """A shelf as one machine has it, whose private folder is in its project."""
    project.mkdir(exist_ok=True)
    shelf = open_shelf(
        Project(
            folder=project,
            name="Flight delays",
            board=BoardSpec(type="folder", path="board"),
            site=SiteSpec(type="git", path=str(remote), options=options),
        )
    )
    assert isinstance(shelf, GitShelf)
    return shelf


def publish(
    shelf: GitShelf, render: Path, edition: str = "2013-W27", **changed: object
) -> Manifest:
    inputs = sample_inputs(**changed)
    year, week = edition.split("-W")
    data = sample_data(edition, as_of=date.fromisocalendar(int(year), int(week), 7))
    document = sample_document(render, inputs)
    return publish_document(document, data, inputs, shelf, NOW)


def files(remote: Path, branch: str = "gh-pages") -> set[str]:
    return set(git(remote, "ls-tree", "-r", "--name-only", branch).split())


def commits(remote: Path, branch: str = "gh-pages") -> list[str]:
    return git(remote, "log", "--format=%s", branch).splitlines()


def test_an_edition_is_one_commit_on_a_branch(tmp_path: Path, remote: Path) -> None:
    made = publish(shelf_of(tmp_path / "project", remote), tmp_path / "render")

    edition = f"{REPORT}/2013-W27"
    assert files(remote) == {
        ".nojekyll",
        "index.html",
        f"{REPORT}/index.html",
        f"{REPORT}/latest",
        f"{REPORT}/latest.html",
        f"{edition}/index.html",
        f"{edition}/report.pdf",
        f"{edition}/report.json",
        f"{edition}/figures/recall.svg",
        f"{edition}/tables/performance.metrics.csv",
        f"{edition}/manifest.json",
    }
    assert commits(remote) == [f"{REPORT} 2013-W27: watch"]
    said = git(remote, "log", "-1", "--format=%an %cI%n%b", "gh-pages")
    assert said.split("\n")[:2] == ["reportgen 2013-07-08T06:00:00+00:00", "Recall fell."]
    assert git(remote, "show", f"gh-pages:{REPORT}/latest") == "2013-W27\n"
    assert (made.fresh, made.folder) == (True, None)
    assert made.address == f"flights.git gh-pages:{edition}"
    page = subprocess.run(
        ["git", "show", f"gh-pages:{edition}/report.json"], cwd=remote, capture_output=True
    ).stdout
    recorded = {file.name: file.size_bytes for file in made.files}["report.json"]
    assert len(page) == recorded


def test_what_is_published_already_makes_no_commit(tmp_path: Path, remote: Path) -> None:
    publish(shelf_of(tmp_path / "project", remote), tmp_path / "render")
    before = git(remote, "rev-parse", "gh-pages")
    other = shelf_of(tmp_path / "elsewhere", remote)
    assert other.find(REPORT, "2013-W27") is not None
    again = publish(other, tmp_path / "render")
    other.refresh()
    assert not again.fresh
    assert git(remote, "rev-parse", "gh-pages") == before
    assert other.read(again, "index.html").startswith(b"<!DOCTYPE html>")


def test_other_files_of_the_branch_stay(tmp_path: Path, remote: Path) -> None:
    work = tmp_path / "work"
    git(tmp_path, "clone", "--quiet", str(remote), "work")
    (work / "README.md").write_text("Ours.\r\n")
    git(work, "add", ".")
    git(work, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x", "--no-gpg-sign")
    git(work, "push", "--quiet", "origin", "HEAD:refs/heads/pages")

    shelf = shelf_of(tmp_path / "project", remote, branch="pages", folder="docs")
    publish(shelf, tmp_path / "render")

    assert {"README.md", "docs/index.html", f"docs/{REPORT}/latest"} <= files(remote, "pages")
    assert commits(remote, "pages") == [f"{REPORT} 2013-W27: watch", "x"]


def test_two_machines_publish_on_top_of_each_other(tmp_path: Path, remote: Path) -> None:
    made: list[Manifest] = []

    def contend(number: int) -> None:
        shelf = shelf_of(tmp_path / f"host-{number}", remote)
        made.append(publish(shelf, tmp_path / f"render-{number}", f"2013-W2{number}"))

    contenders = [threading.Thread(target=contend, args=(n,)) for n in range(3)]
    for contender in contenders:
        contender.start()
    for contender in contenders:
        contender.join(240)

    assert [m.fresh for m in made] == [True] * 3
    assert sorted(commits(remote)) == [f"{REPORT} 2013-W2{n}: watch" for n in range(3)]
    assert git(remote, "rev-list", "--merges", "gh-pages") == ""
    (row,) = site_status(shelf_of(tmp_path / "host-0", remote))
    assert (row.editions, row.newest.edition) == (3, "2013-W22")
    index = git(remote, "show", f"gh-pages:{REPORT}/index.html")
    assert index.count('<th scope="row">') == 3


def test_a_push_from_elsewhere_in_between_is_kept(tmp_path: Path, remote: Path) -> None:
    first = shelf_of(tmp_path / "one", remote)
    publish(first, tmp_path / "render", "2013-W20")
    publish(shelf_of(tmp_path / "two", remote), tmp_path / "render", "2013-W21")
    publish(first, tmp_path / "render", "2013-W22")
    assert [m.edition for m in first.editions()] == ["2013-W20", "2013-W21", "2013-W22"]
    assert len(commits(remote)) == 3


def test_a_hook_that_declines_is_said_and_nothing_is_published(
    tmp_path: Path, remote: Path
) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'only on Mondays' >&2\nexit 1\n")
    hook.chmod(0o755)
    shelf = shelf_of(tmp_path / "project", remote)
    with pytest.raises(UserError, match=r"flights\.git: git push failed: .*hook declined"):
        publish(shelf, tmp_path / "render")
    hook.unlink()
    assert publish(shelf, tmp_path / "render").fresh
    assert len(commits(remote)) == 1


def test_a_repository_that_is_not_there_is_named(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path / "project", tmp_path / "none.git")
    with pytest.raises(UserError, match=r"none\.git: git ls-remote failed"):
        publish(shelf, tmp_path / "render")
    weather = shelf_of(tmp_path / "project", "http://127.0.0.1:9/x.git")
    with pytest.raises(RetryError, match="Try again"):
        weather.editions()


def test_a_kill_leaves_nothing_that_counts(tmp_path: Path, remote: Path) -> None:
    code = """
import sys
from pathlib import Path
from reportgen.publish import git_command
from tests.unit.publish import test_publish_git as me
left = [int(sys.argv[3])]
run = git_command.Git.run
def until(self, *words, **more):
    left[0] -= 1
    if left[0] < 0:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, *words, **more)
git_command.Git.run = until
shelf = me.shelf_of(Path(sys.argv[1]), Path(sys.argv[2]))
me.publish(shelf, Path(sys.argv[1]) / "render")
"""
    died = 0
    for commands in (1, 3, 6, 9):  # of 12
        project = tmp_path / "project"
        words = [sys.executable, "-c", code, str(project), str(remote), str(commands)]
        died += subprocess.run(words, cwd=ROOT, env=dict(os.environ)).returncode == -9
    assert died == 4
    assert git(remote, "branch", "--list", "gh-pages") == ""
    (project / ".reportgen").chmod(0o700)
    for lock in ("index.lock", "HEAD.lock"):
        (next((project / ".reportgen" / "git").glob("*/.git")) / lock).touch()
    made = publish(shelf_of(project, remote), tmp_path / "render")
    assert (made.fresh, made.revision) == (True, 1)
    assert commits(remote) == [f"{REPORT} 2013-W27: watch"]
    git(remote, "fsck", "--strict")


def test_a_token_is_handed_over_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "ghp-topsecret"
    options = {"token": secret}
    shelf = shelf_of(tmp_path / "project", "http://127.0.0.1:9/x.git", **options)
    with pytest.raises(RetryError) as failed:
        shelf.editions()
    assert secret not in str(failed.value)
    left = [path.read_bytes() for path in (tmp_path / "project").rglob("*") if path.is_file()]
    assert not any(secret.encode() in content for content in left)
    with pytest.raises(UserError, match="user name or password"):
        shelf_of(tmp_path / "project", f"https://x:{secret}@example.com/x.git")

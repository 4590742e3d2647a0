"""Running git: never asking, never showing a secret, and saying what went wrong."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from reportgen.errors import MissingToolError, ReportgenError, RetryError, ToolError, UserError

__all__ = ["Git", "GitRefusedError"]

_LIMIT_S = 300.0
_RACE = re.compile(
    r"\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value"
    r"|failed to update ref|reference already exists"
)
_WEATHER = re.compile(
    r"Could not resolve host|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out|closed)|timed out|early EOF"
    r"|error: 5\d\d|Network is unreachable|Temporary failure|hung up unexpectedly|No space left"
    r"|\.lock': File exists"
)


class GitRefusedError(Exception):
    """The branch has moved on since we looked: look again."""


class Git:
    """Git in one folder.

    Parameters
    ----------
    place : the repository, for people: without any secret
    token : for https; handed over by the environment, which others on this machine cannot read
    """

    def __init__(self, folder: Path, place: str, *, token: str = "") -> None:
        self.folder = folder
        self.place = place
        self._token = token
        if shutil.which("git") is None:
            raise MissingToolError("A site in a git branch needs the program git; install it.")

    def run(self, *words: str, when: Mapping[str, str] | None = None) -> str:
        """Run one command.

        Parameters
        ----------
        when : further variables of the environment, such as the date of a commit

        Raises
        ------
        GitRefusedError
            The branch has moved on.
        RetryError
            The network or the disk.
        UserError
            The repository is not there, or does not let us in.
        ToolError
            Anything else.
        """
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; no shell
                ["git", *words],  # noqa: S607 - the user's own git
                cwd=self.folder,
                env=self._environment() | dict(when or {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise RetryError(
                f"{self.place}: git {words[0]} took more than {_LIMIT_S:.0f} s."
            ) from late
        if done.returncode == 0:
            return done.stdout
        raise self._error_of(words, done.stderr or done.stdout)

    def _error_of(self, words: tuple[str, ...], said: str) -> Exception:
        if _RACE.search(said) and words[0] == "push" and "hook declined" not in said:
            return GitRefusedError(said)
        last = " ".join(line.strip() for line in said.strip().splitlines()[-4:])
        if self._token:
            last = last.replace(self._token, "…")
        message = f"{self.place}: git {words[0]} failed: {last}"
        kind: type[ReportgenError] = ToolError
        if _WEATHER.search(said):
            return RetryError(f"{message} Try again.")
        if words[0] in {"fetch", "push", "ls-remote"}:
            kind = UserError
            message += " Check the address of the repository, and that this user may push to it."
        return kind(message)

    def _environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
        given |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": given.get("GIT_ASKPASS", ""),
            "LC_ALL": "C",
        }
        given.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
        return given | self._login(int(given.get("GIT_CONFIG_COUNT", "0") or 0))

    def _login(self, taken: int) -> dict[str, str]:
        if not self._token:
            return {}
        parts = urlsplit(self.place)
        said = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": str(taken + 1),
            f"GIT_CONFIG_KEY_{taken}": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
            f"GIT_CONFIG_VALUE_{taken}": f"Authorization: Basic {said}",
        }


# Set when we run inside a hook or a git command of the project; they name another repository.
_OF_A_HOOK = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"}
)

"""moto's server, in which a conditional write is one step, as S3 promises it.

moto looks whether an object is there and then writes it, and another request may come in between;
and two that read one object at once can get half of it each. Run by the interpreter of its own
environment, with the server's words.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from moto.s3.responses import S3Response  # type: ignore[import-not-found]
from moto.server import main  # type: ignore[import-not-found]

_ONE_AT_A_TIME = threading.RLock()


def alone(method: Callable[..., Any]) -> Callable[..., Any]:
    def locked(*given: Any, **more: Any) -> Any:
        with _ONE_AT_A_TIME:
            return method(*given, **more)

    return locked


for name in ("put_object", "get_object"):
    setattr(S3Response, name, alone(getattr(S3Response, name)))

if __name__ == "__main__":
    main(sys.argv[1:])

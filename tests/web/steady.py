"""The page's tests again and again, the second half beside a busy core; stops at the first red.

python -m tests.web.steady [runs, 20 if not told] [tests, tests/web if not told]
"""

from __future__ import annotations

import subprocess
import sys
import time


def run(tests: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", tests], check=False).returncode


def main(runs: int = 20, tests: str = "tests/web") -> int:
    for number in range(1, runs + 1):
        beside = (
            [subprocess.Popen([sys.executable, "-c", "while True: pass"])]
            if number > runs - runs // 2
            else []
        )
        began = time.monotonic()
        try:
            code = run(tests)
        finally:
            for process in beside:
                process.kill()
                process.wait()
        where = "beside a busy core" if beside else "alone"
        word, took = "red" if code else "green", time.monotonic() - began
        print(f"run {number} of {runs}, {where}: {word}, {took:.0f} s", flush=True)  # noqa: T201
        if code:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:2]), *sys.argv[2:3]))

"""`python -m tests.vectors KIND FILE`: run a file of vectors through the rules; exit 1 where a row differs."""

import json
import sys
from pathlib import Path

from tests.vectors.runners import RUNNERS, difference


def main(argv: list[str]) -> int:
    """Print each row that differs; 0 where none does, 1 where one does, 2 where the call or the file is wrong."""
    if len(argv) != 2 or argv[0] not in RUNNERS:
        print(f"usage: python -m tests.vectors {{{'|'.join(RUNNERS)}}} FILE", file=sys.stderr)
        return 2
    kind, path = argv[0], Path(argv[1])
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{path}: cannot be read: {error}", file=sys.stderr)
        return 2
    if not isinstance(rows, list) or not rows:
        print(f"{path}: is no list of rows", file=sys.stderr)
        return 2
    wrong = 0
    for number, row in enumerate(rows, 1):
        if (why := difference(kind, row)) is not None:
            wrong += 1
            label = row.get("name", "") if isinstance(row, dict) else ""
            print(f"row {number} {label}: {why}")
    print(f"{len(rows)} rows, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

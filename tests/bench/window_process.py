"""The child: the ordinary window over a desk's folder, which tells when what has been painted.

`python -m tests.bench.window_process HOME`; with `bare` for a folder a window of nothing: the limit.
"""

import sys
from pathlib import Path


def main() -> int:
    """Run until the parent ends the process."""
    if sys.argv[1] == "bare":
        from tests.bench import bare_window

        return bare_window.main()
    # As `smoothschedule` does: its command line, what needs no Qt, and then the window.
    import desktop.cli
    import desktop.desk  # noqa: F401
    from tests.bench import watched_window

    return watched_window.main(Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())

"""`python -m desktop` starts the desktop."""

import sys

from shared.command import main

if __name__ == "__main__":
    sys.exit(main(["desktop", *sys.argv[1:]]))

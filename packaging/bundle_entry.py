"""Where the program starts in a bundle; processes that libraries start come here too."""

import multiprocessing
import sys

from restorer.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())

"""`python -m restorer` is `restorer`."""

import sys

from restorer.cli import main

sys.exit(main())

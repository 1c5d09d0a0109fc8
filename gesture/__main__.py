"""`python -m gesture` is the `gesture` command."""

import sys

from gesture.cli import main

sys.exit(main())

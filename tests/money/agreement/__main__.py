"""`python -m tests.money.agreement`."""

from __future__ import annotations

import sys

from tests.money.agreement.soak import main

if __name__ == "__main__":
    sys.exit(main())

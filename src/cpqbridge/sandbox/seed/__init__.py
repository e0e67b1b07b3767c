"""Ready-made states of the sandbox: `empty`, and `demo` with customers, products and orders.

The tables are in `accounts`, `products`, `deals` and `life`; `DEMO_ORDERS` says what becomes of each order in a sync.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cpqbridge.sandbox.seed.demo_orders import DEMO_LIFE, DEMO_ORDERS, DemoOrder
from cpqbridge.sandbox.seed.foundation import lay_foundation
from cpqbridge.sandbox.seed.salesforce import write_demo
from cpqbridge.sandbox.seed.status_fields import add_status_fields
from cpqbridge.sandbox.seed.zuora import write_known

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org
    from cpqbridge.sandbox.zuora.tenant import Tenant

__all__ = ["DEMO_LIFE", "DEMO_ORDERS", "SEEDS", "DemoOrder", "apply_seed", "fingerprint"]

SEEDS: Final = ("demo", "empty")
"""Names that `apply_seed` knows."""


def fingerprint() -> str:
    """Return a text that is another one when what the seeds write may be: a digest of this package's modules."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def apply_seed(org: Org, tenant: Tenant, name: str) -> None:
    """Write a seed into a fresh org and a fresh tenant, all of it or nothing.

    Args:
        org: An org without records; what every org has is written when it is missing.
        tenant: A tenant without records.
        name: One of `SEEDS`.

    Raises:
        ValueError: the name is not known.
    """
    if name not in SEEDS:
        raise ValueError(f"Unknown seed '{name}'. Known are {', '.join(SEEDS)}.")
    with org.store.transaction(), tenant.store.transaction():
        lay_foundation(org)
        if name == "demo":
            add_status_fields(org)
            ids = write_demo(org)
            write_known(tenant, ids.accounts)

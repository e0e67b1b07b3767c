"""Runs a campaign and prints what it came to as one JSON document: `python -m tests.chaos kills`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.chaos import campaign
from tests.chaos.drivers import DRIVERS
from tests.chaos.kill import every_moment
from tests.chaos.mutations import MUTATIONS

Campaign = Callable[..., dict[str, Any]]

CAMPAIGNS: Mapping[str, Campaign] = {
    "kills": campaign.kills,
    "faults": campaign.faults,
    "deaths": campaign.again_and_again,
}

LASTING = ("request lost", "answer lost")
"""The faults that last in a quick campaign too: no others leave the next process something else."""

QUICK: Mapping[str, Campaign] = {
    "kills": partial(campaign.kills, chosen=every_moment),
    "faults": partial(
        campaign.faults, sufferings=[one for one in campaign.SUFFERINGS if not one[1] or one[0] in LASTING]
    ),
    "deaths": partial(campaign.again_and_again, strides=campaign.STRIDES[:2]),
}


def main() -> int:
    """Run it; the exit status is 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("campaign", choices=CAMPAIGNS)
    parser.add_argument("--driver", choices=DRIVERS, default="sync", help="what a process of the connector does")
    parser.add_argument("--orders", default="", help="order numbers, separated by commas; by default all of the demo")
    parser.add_argument("--quick", action="store_true", help="each moment between two writes; lasting faults: only two")
    parser.add_argument("--parallel", type=int, default=0, help="trials at once")
    parser.add_argument("--mutation", choices=MUTATIONS, help="what is broken in the connector")
    given = parser.parse_args()
    orders = tuple(filter(None, given.orders.split(","))) or campaign.ORDERS
    if given.mutation:
        MUTATIONS[given.mutation]()
    with campaign.open_lab(given.driver, parallel=given.parallel) as lab:
        found = (QUICK if given.quick else CAMPAIGNS)[given.campaign](lab, orders)
    sys.stdout.write(json.dumps(found, indent=1, default=str) + "\n")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

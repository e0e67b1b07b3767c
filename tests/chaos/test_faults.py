"""Every write to Zuora suffers every fault; in the end all is as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.chaos.conftest import Campaign
from tests.chaos.faults import FAULTS
from tests.chaos.test_kill_points import OF_THE_COMMAND, shown


def test_every_write_suffers_every_fault(campaign: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    found = campaign("faults", "--quick", "--orders", ",".join(OF_THE_COMMAND[:3]))
    with capsys.disabled():
        struck = sum(trial["struck"] for trial in found["trials"])
        print(f"\nfaults: {struck} at {found['writes']} writes, {len(FAULTS)} kinds")  # noqa: T201 - as above
    assert not found["wrong"], shown(found["wrong"])
    assert {trial["fault"] for trial in found["trials"] if not trial["lasting"]} == set(FAULTS)
    assert {trial["struck"] for trial in found["trials"]} == {found["writes"]}
    assert all(trial["lives"] > 1 for trial in found["trials"] if trial["lasting"])

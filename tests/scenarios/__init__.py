"""A named scenario for each use case of an order's life; golden files show what Zuora is sent."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.scene", "tests.scenarios.golden")

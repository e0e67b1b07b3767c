"""Tests of the tenant's own billing."""

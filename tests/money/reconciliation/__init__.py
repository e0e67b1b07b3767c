"""Tests of the reconciliation: amounts, causes, laws."""

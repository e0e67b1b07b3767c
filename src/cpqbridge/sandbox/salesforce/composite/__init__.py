"""The composite resources: several calls or several records in one request."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.composite.batch import batch
from cpqbridge.sandbox.salesforce.composite.collections import (
    create_records,
    delete_records,
    retrieve_records,
    update_records,
    upsert_records,
)
from cpqbridge.sandbox.salesforce.composite.graph import graphs
from cpqbridge.sandbox.salesforce.composite.requests import composite
from cpqbridge.sandbox.salesforce.composite.tree import create_tree
from cpqbridge.sandbox.salesforce.rest import Resource

RESOURCES = (
    Resource("composite", {"POST": composite}),
    Resource("composite/batch", {"POST": batch}),
    Resource("composite/graph", {"POST": graphs}),
    Resource("composite/tree/{sobject}", {"POST": create_tree}),
    Resource("composite/sobjects", {"POST": create_records, "PATCH": update_records, "DELETE": delete_records}),
    Resource("composite/sobjects/{sobject}", {"GET": retrieve_records, "POST": retrieve_records}),
    Resource("composite/sobjects/{sobject}/{key}", {"PATCH": upsert_records}),
)

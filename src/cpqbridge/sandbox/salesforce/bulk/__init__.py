"""Bulk API 2.0: query and ingest jobs. Jobs advance each time they are looked at, so that every run is the same."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.bulk import ingest, queries
from cpqbridge.sandbox.salesforce.rest import Resource

RESOURCES = (
    Resource("jobs/query", {"GET": queries.list_jobs, "POST": queries.create}),
    Resource("jobs/query/{job_id}", {"GET": queries.show, "PATCH": queries.change, "DELETE": queries.delete}),
    Resource("jobs/query/{job_id}/results", {"GET": queries.results}),
    Resource("jobs/ingest", {"GET": ingest.list_jobs, "POST": ingest.create}),
    Resource("jobs/ingest/{job_id}", {"GET": ingest.show, "PATCH": ingest.change, "DELETE": ingest.delete}),
    Resource("jobs/ingest/{job_id}/batches", {"PUT": ingest.upload}),
    Resource("jobs/ingest/{job_id}/successfulResults", {"GET": ingest.successful}),
    Resource("jobs/ingest/{job_id}/failedResults", {"GET": ingest.failures}),
    Resource("jobs/ingest/{job_id}/unprocessed[Rr]ecords", {"GET": ingest.unprocessed}),
)

"""The whole flow of `simple-salesforce`, a client that others wrote, against the org over https."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trustme
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import serving

VERSION = "67.0"
HOSTS = ("127.0.0.1", "login.salesforce.com", "acme.my.salesforce.com")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.LeafCert, Path]:
    made = trustme.CA()
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return made.issue_cert(*HOSTS), path


@pytest.fixture
def server(org: Org, authority: tuple[trustme.LeafCert, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The org over https; every salesforce.com host leads to it, for the client's login addresses are fixed."""
    with serving(create_app(org), authority[0]) as url:
        real = socket.getaddrinfo

        def redirected(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if str(host).endswith(".salesforce.com"):
                host, port = "127.0.0.1", urlsplit(url).port
            return real(host, port, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", redirected)
        yield url


@pytest.fixture
def session(authority: tuple[trustme.LeafCert, Path]) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.verify = str(authority[1])
        made.trust_env = False
        yield made


@pytest.fixture
def salesforce(server: str, session: requests.Session) -> Salesforce:
    return Salesforce(instance_url=server, session_id=SALESFORCE.access_token, session=session, version=VERSION)


@pytest.mark.parametrize(
    "how",
    [
        {
            "username": SALESFORCE.username,
            "consumer_key": SALESFORCE.client_id,
            "privatekey": SALESFORCE.jwt_private_key,
        },
        {
            "username": SALESFORCE.username,
            "password": SALESFORCE.password,
            "consumer_key": SALESFORCE.client_id,
            "consumer_secret": SALESFORCE.client_secret,
        },
        {"consumer_key": SALESFORCE.client_id, "consumer_secret": SALESFORCE.client_secret, "domain": "acme.my"},
    ],
    ids=["jwt", "password", "client credentials"],
)
def test_sign_in_and_sign_in_again(server: str, session: requests.Session, org: Org, how: dict[str, str]) -> None:
    salesforce = Salesforce(**how, session=session, version=VERSION)
    assert salesforce.sf_instance in {urlsplit(server).netloc, "acme.my.salesforce.com"}
    assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    org.sessions.expire_all()
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 15_000
    assert salesforce.api_usage["api-usage"].total == 15_000


def test_wrong_credentials(server: str, session: requests.Session) -> None:
    assert server
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        Salesforce(
            consumer_key=SALESFORCE.client_id,
            consumer_secret="wrong",
            domain="acme.my",
            session=session,
            version=VERSION,
        )
    assert caught.value.code == "invalid_client"


def test_bad_session(server: str, session: requests.Session) -> None:
    stranger = Salesforce(instance_url=server, session_id="rubbish", session=session, version=VERSION)
    with pytest.raises(SalesforceExpiredSession):
        stranger.query("SELECT Id FROM Account")


def test_records(salesforce: Salesforce) -> None:
    made: Any = salesforce.Account.create({"Name": "Acme", "NumberOfEmployees": 7})
    assert made["success"] is True
    assert salesforce.Account.update(made["id"], {"Name": "Acme 2"}) == 204
    assert salesforce.Account.get(made["id"])["Name"] == "Acme 2"
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.Account.create({})
    assert caught.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert salesforce.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Account.get(made["id"])


def test_upsert_and_get_by_external_id(salesforce: Salesforce, org: Org) -> None:
    session: Any = salesforce.session
    field = {"sobject": "Account", "name": "Client_Key__c", "type": "string", "externalId": True}
    answer = session.post(f"https://{salesforce.sf_instance}/_sandbox/settings", json={"customFields": [field]})
    assert answer.status_code == 200
    assert salesforce.Account.upsert("Client_Key__c/k", {"Name": "a"}) == 201
    assert salesforce.Account.upsert("Client_Key__c/k", {"Name": "b"}) == 200
    assert salesforce.Account.get_by_custom_id("Client_Key__c", "k")["Name"] == "b"
    org.store.insert("Account", {"Name": "twin", "Client_Key__c": "k"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        salesforce.Account.get_by_custom_id("Client_Key__c", "k")


def test_query_with_paging_and_describe(salesforce: Salesforce, org: Org) -> None:
    for number in range(2_100):
        org.store.insert("Account", {"Name": f"A{number:04}"})
    text = "SELECT Name FROM Account ORDER BY Name"
    assert salesforce.query(text)["done"] is False
    everything = salesforce.query_all(text)
    assert everything["totalSize"] == 2_100
    assert everything["records"][-1]["Name"] == "A2099"
    described: Any = salesforce.describe()
    assert "Order" in {row["name"] for row in described["sobjects"]}
    fields: Any = salesforce.Order.describe()
    assert "SBQQ__Contracted__c" in {row["name"] for row in fields["fields"]}
    metadata: Any = salesforce.Order.metadata()
    assert metadata["objectDescribe"]["name"] == "Order"
    assert salesforce.is_sandbox() in {True, False, None}
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.query("SELECT Nope FROM Account")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_composite_and_userinfo(salesforce: Salesforce) -> None:
    root = f"/services/data/v{VERSION}"
    entry = {"method": "POST", "url": f"{root}/sobjects/Account", "referenceId": "a", "body": {"Name": "x"}}
    answer: Any = salesforce.restful("composite", method="POST", json={"compositeRequest": [entry]})
    assert answer["compositeResponse"][0]["httpStatusCode"] == 201
    about: Any = salesforce.oauth2("userinfo")
    assert about["preferred_username"] == SALESFORCE.username


def test_bulk_2_both_ways(salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    # The client sleeps five seconds before its first look at a job.
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda _: None)
    bulk: Any = salesforce.bulk2.Account
    [inserted] = bulk.insert(records=[{"Name": "a"}, {"Name": "b"}, {"Name": ""}])
    assert (inserted["numberRecordsProcessed"], inserted["numberRecordsFailed"]) == (3, 1)
    results = bulk.get_all_ingest_records(inserted["job_id"])
    assert [row["Name"] for row in results["successfulRecords"]] == ["a", "b"]
    assert results["failedRecords"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING")
    pages = list(bulk.query("SELECT Id, Name FROM Account ORDER BY Name", max_records=1))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert [row["Name"] for row in rows] == ["a", "b"]
    [updated] = bulk.update(records=[{"Id": rows[0]["Id"], "Name": "A"}])
    assert updated["numberRecordsFailed"] == 0
    [deleted] = bulk.delete(records=[{"Id": row["Id"]} for row in rows])
    assert deleted["numberRecordsProcessed"] == 2
    assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 0

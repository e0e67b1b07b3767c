"""Several entities, and several organizations, of one tenant: each sees and changes its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cpqbridge.sandbox.credentials import ZUORA
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.zuora.conftest import ACCOUNT, CONTACT

GLOBAL, GERMANY, SECRET = (f"1a2b7a37-3e7d-4cb3-b0e2-883de9e766c{number}" for number in (1, 2, 3))
ENTITIES = [
    {"id": GLOBAL, "name": "Acme"},
    {"id": GERMANY, "name": "Acme-DE", "displayName": "Acme Germany"},
    {"id": SECRET, "name": "Acme-Secret", "accessible": False},
]
ENTITY, ORGS, WORKING = "Zuora-Entity-Ids", "Zuora-Org-Ids", "Zuora-Working-Org"


class Api(httpx.Client):
    """A signed-in client."""

    def sign_in(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret}
        token: dict[str, Any] = self.post("/oauth/token", data=form).json()
        self.headers["authorization"] = f"Bearer {token['access_token']}"
        return token

    def configure(self, **settings: Any) -> httpx.Response:
        return self.post("/_sandbox/settings", json=settings)

    def account(self, name: str, **headers: str) -> str:
        answer = self.post("/v1/accounts", json={**ACCOUNT, "name": name, "crmId": "001"}, headers=headers).json()
        assert answer["success"], answer
        return str(answer["accountId"])

    def names(self, **headers: str) -> set[str]:
        """Names of the accounts that a query gives."""
        body = {"queryString": "select Name from Account"}
        answer = self.post("/v1/action/query", json=body, headers=headers).json()
        return {row["Name"] for row in answer.get("records", ())}

    def listed(self, **headers: str) -> set[str]:
        """Names of the accounts that Object Query gives."""
        answer = self.get("/object-query/accounts", params={"pageSize": 99}, headers=headers).json()
        return {row["name"] for row in answer["data"]}


def headers(**named: str) -> dict[str, str]:
    return {{"entity": ENTITY, "orgs": ORGS, "working": WORKING}[key]: value for key, value in named.items()}


@pytest.fixture
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        yield running


@pytest.fixture
def api(sandbox: LocalSandbox) -> Iterator[Api]:
    with Api(base_url=sandbox.zuora_url, timeout=30) as client:
        client.sign_in()
        yield client


class TestWithoutTheFeatures:
    def test_the_headers_are_ignored(self, api: Api) -> None:
        api.account("Acme", **headers(entity=GERMANY, orgs="x", working="y"))
        assert api.names() == {"Acme"}

    def test_there_are_no_entities(self, api: Api) -> None:
        answer = api.get("/v1/entities")
        assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (403, 50000010)

    @pytest.mark.parametrize(
        "units",
        [
            [{"id": "1", "name": "a"}],
            [{"id": GLOBAL}],
            [{"id": GLOBAL, "name": "a", "more": 1}],
            [{"id": GLOBAL, "name": "a"}, {"id": GLOBAL, "name": "b"}],
            [{"id": GLOBAL, "name": "a"}, {"id": GERMANY, "name": "a"}],
        ],
    )
    @pytest.mark.parametrize("setting", ["entities", "organizations"])
    def test_wrong_ones_are_refused(self, api: Api, setting: str, units: list[dict[str, Any]]) -> None:
        assert api.configure(**{setting: units}).status_code == 400


class TestEntities:
    @pytest.fixture(autouse=True)
    def entities(self, api: Api) -> None:
        api.account("before")
        assert api.configure(entities=ENTITIES).status_code == 200

    def test_a_token_names_those_it_is_good_for(self, api: Api) -> None:
        assert f" entity.{GLOBAL} entity.{GERMANY} service" in api.sign_in()["scope"]

    def test_one_of_several_must_be_named(self, api: Api) -> None:
        answer = api.get("/v1/accounts/x")
        assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (403, 50000010)
        assert "Zuora-Request-Id" in answer.headers

    @pytest.mark.parametrize("entity", [SECRET, GLOBAL[:-1] + "9", GERMANY.replace("-", ""), f"{GLOBAL},{GERMANY}"])
    def test_another_one_is_refused(self, api: Api, entity: str) -> None:
        answer = api.get("/object-query/accounts", headers=headers(entity=entity))
        assert (answer.status_code, answer.json()["code"]) == (403, 50000010)

    def test_signing_in_comes_first(self, api: Api) -> None:
        assert api.get("/v1/accounts/x", headers={ENTITY: SECRET, "authorization": "Bearer x"}).status_code == 401

    def test_records_are_apart(self, api: Api) -> None:
        here, there = (api.account("Acme", **headers(entity=entity)) for entity in (GLOBAL, GERMANY))
        assert api.names(**headers(entity=GLOBAL)) == {"before", "Acme"}
        assert api.names(**headers(entity=GERMANY)) == api.listed(**headers(entity=GERMANY)) == {"Acme"}
        assert api.get(f"/v1/accounts/{here}", headers=headers(entity=GERMANY)).json()["success"] is False
        assert api.get(f"/v1/accounts/{there}", headers=headers(entity=GERMANY)).json()["success"] is True
        change = api.put(f"/v1/accounts/{there}", json={"notes": "x"}, headers=headers(entity=GLOBAL)).json()
        assert change["success"] is False

    def test_the_older_header(self, api: Api) -> None:
        api.account("Acme", entityId=GERMANY.replace("-", ""))
        assert api.names(**headers(entity=GERMANY)) == {"Acme"}

    def test_the_catalog_is_apart(self, api: Api) -> None:
        product = {"Name": "Seat", "EffectiveStartDate": "2020-01-01", "EffectiveEndDate": "2099-01-01"}
        made = api.post("/v1/object/product", json=product, headers=headers(entity=GERMANY)).json()
        assert made["Success"], made
        path = f"/v1/object/product/{made['Id']}"
        assert [api.get(path, headers=headers(entity=one)).status_code for one in (GERMANY, GLOBAL)] == [200, 404]

    def test_idempotency_keys_are_apart(self, api: Api) -> None:
        for entity in (GLOBAL, GERMANY):
            api.account("Once", **headers(entity=entity), **{"Idempotency-Key": "k"})
            api.account("Once", **headers(entity=entity), **{"Idempotency-Key": "k"})
        assert len(api.names(**headers(entity=GERMANY))) == 1

    def test_they_are_listed(self, api: Api) -> None:
        answer = api.get("/v1/entities", headers=headers(entity=GLOBAL)).json()
        assert [(one["name"], one["displayName"], one["parentId"]) for one in answer["entities"]] == [
            ("Acme", "Acme", None),
            ("Acme-DE", "Acme Germany", GLOBAL.replace("-", "")),
            ("Acme-Secret", "Acme-Secret", GLOBAL.replace("-", "")),
        ]
        one = api.get(f"/v1/entities/{answer['entities'][1]['id']}", headers=headers(entity=GLOBAL)).json()
        assert (one["displayName"], one["status"]) == ("Acme Germany", "Provisioned")
        assert api.get("/v1/entities/x", headers=headers(entity=GLOBAL)).status_code == 404
        none = api.get("/v1/entities", params={"provisioned": "false"}, headers=headers(entity=GLOBAL)).json()
        assert none["entities"] == []

    def test_a_reset_forgets_them(self, api: Api) -> None:
        api.account("Acme", **headers(entity=GERMANY))
        api.post("/_sandbox/reset", json={"seed": "empty"})
        api.sign_in()
        api.configure(entities=ENTITIES)
        assert api.names(**headers(entity=GERMANY)) == set()


def test_entities_are_kept(tmp_path: Path) -> None:
    for names in (set(), {"Acme"}):
        with LocalSandbox("empty", data=tmp_path) as sandbox, Api(base_url=sandbox.zuora_url, timeout=30) as api:
            api.sign_in()
            api.configure(entities=ENTITIES)
            assert api.names(**headers(entity=GERMANY)) == names
            if not names:
                api.account("Acme", **headers(entity=GERMANY))


class TestOrganizations:
    @pytest.fixture(autouse=True)
    def organizations(self, api: Api) -> None:
        api.account("unlabelled")
        assert api.configure(organizations=ENTITIES).status_code == 200

    def test_an_organization_that_is_not_permitted(self, api: Api) -> None:
        for given in (headers(orgs=f"{GLOBAL},{SECRET}"), headers(working=SECRET)):
            answer = api.get("/v1/accounts/x", headers=given)
            assert answer.status_code == 400
            assert SECRET in answer.json()["reasons"][0]["message"]

    def test_a_new_account_belongs_to_one_and_is_seen_there(self, api: Api) -> None:
        api.account("A", **headers(orgs=GLOBAL))
        api.account("B", **headers(working=GERMANY))
        api.account("C", **headers(orgs=f"{GLOBAL}, {GERMANY}"))
        body = {**ACCOUNT, "name": "D", "organizationLabel": "Acme-DE"}
        made = api.post("/v1/accounts", json=body, headers=headers(working=GLOBAL)).json()
        seen = {one: api.names(**headers(orgs=one)) for one in (GLOBAL, GERMANY, f"{GERMANY},{GLOBAL}")}
        assert seen == {
            GLOBAL: {"unlabelled", "A", "C"},
            GERMANY: {"unlabelled", "B", "C", "D"},
            f"{GERMANY},{GLOBAL}": {"unlabelled", "A", "B", "C", "D"},
        }
        assert api.names() == api.listed() == {"unlabelled", "A", "B", "C", "D"}
        info = api.get(f"/v1/accounts/{made['accountId']}").json()["basicInfo"]
        assert info["organizationLabel"] == "Acme-DE"

    @pytest.mark.parametrize("label", ["Acme-Secret", "None such"])
    def test_an_unknown_label(self, api: Api, label: str) -> None:
        answer = api.post("/v1/accounts", json={**ACCOUNT, "organizationLabel": label}).json()
        assert answer["success"] is False

    def test_what_is_made_for_an_account_belongs_where_it_does(self, api: Api) -> None:
        account = api.account("A", **headers(orgs=GERMANY))
        body = {"accountId": account, **CONTACT}
        both = headers(orgs=f"{GLOBAL},{GERMANY}", working=GLOBAL)
        contact = api.post("/v1/contacts", json=body, headers=both).json()
        assert contact["success"], contact
        path = f"/v1/contacts/{contact['id']}"
        found = [api.get(path, headers=headers(orgs=one)).json()["success"] for one in (GERMANY, GLOBAL)]
        assert found == [True, False]
        for given in (headers(orgs=GLOBAL), headers()):
            answer = api.put(f"/v1/accounts/{account}", json={"notes": "x"}, headers=given).json()
            assert answer["success"] is (not given)

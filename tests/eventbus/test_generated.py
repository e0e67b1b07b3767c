"""The generated messages are those of the `.proto` file, and the numbers are those of the public interface."""

from __future__ import annotations

import pytest
from tools.eventbus import main, stale

from cpqbridge.eventbus import pubsub_pb2

FIELDS = {
    "TopicInfo": "topic_name=1 tenant_guid=2 can_publish=3 can_subscribe=4 schema_id=5 rpc_id=6",
    "TopicRequest": "topic_name=1",
    "EventHeader": "key=1 value=2",
    "ProducerEvent": "id=1 schema_id=2 payload=3 headers=4",
    "ConsumerEvent": "event=1 replay_id=2",
    "PublishResult": "replay_id=1 error=2 correlation_key=3",
    "Error": "code=1 msg=2",
    "FetchRequest": "topic_name=1 replay_preset=2 replay_id=3 num_requested=4 auth_refresh=5",
    "FetchResponse": "events=1 latest_replay_id=2 rpc_id=3 pending_num_requested=4",
    "SchemaRequest": "schema_id=1",
    "SchemaInfo": "schema_json=1 schema_id=2 rpc_id=3",
    "PublishRequest": "topic_name=1 events=2 auth_refresh=3",
    "PublishResponse": "results=1 schema_id=2 rpc_id=3",
    "ManagedFetchRequest": (
        "subscription_id=1 developer_name=2 num_requested=3 auth_refresh=4 commit_replay_id_request=5"
    ),
    "ManagedFetchResponse": "events=1 latest_replay_id=2 rpc_id=3 pending_num_requested=4 commit_response=5",
    "CommitReplayRequest": "commit_request_id=1 replay_id=2",
    "CommitReplayResponse": "commit_request_id=1 replay_id=2 error=3 process_time=4",
}


def test_the_generated_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(stale()) == []
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", FIELDS)
def test_the_numbers_of_the_public_interface(name: str) -> None:
    fields = pubsub_pb2.DESCRIPTOR.message_types_by_name[name].fields
    assert " ".join(f"{field.name}={field.number}" for field in fields) == FIELDS[name]


def test_the_calls_of_the_public_interface() -> None:
    assert set(FIELDS) == set(pubsub_pb2.DESCRIPTOR.message_types_by_name)
    service = pubsub_pb2.DESCRIPTOR.services_by_name["PubSub"]
    assert service.full_name == "eventbus.v1.PubSub"
    calls = {method.name: (method.client_streaming, method.server_streaming) for method in service.methods}
    both, neither = (True, True), (False, False)
    assert calls == {
        "Subscribe": both,
        "GetSchema": neither,
        "GetTopic": neither,
        "Publish": neither,
        "PublishStream": both,
        "ManagedSubscribe": both,
    }

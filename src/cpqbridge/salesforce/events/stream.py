"""One stream of one topic: asks for as many events as may be under way, and notices when it has gone silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, TypeAlias

import grpc

from cpqbridge.errors import RetryLater
from cpqbridge.eventbus.pubsub_pb2 import CUSTOM, LATEST, FetchRequest, FetchResponse
from cpqbridge.eventbus.service import PubSubStub
from cpqbridge.salesforce.events.refusals import refusal

Call: TypeAlias = grpc.aio.StreamStreamCall[Any, FetchResponse]
Metadata: TypeAlias = tuple[tuple[str, str], ...]

MOST = 100
"""Events asked for and not delivered yet: the most that the Pub/Sub API takes."""


class Stream:
    """A stream that runs once.

    Args:
        stub: The service.
        topic: Its name.
        address: Where the service is, for messages.
        silence: Seconds; the service sends a sign of life within 270.
    """

    def __init__(self, stub: PubSubStub, topic: str, address: str, silence: float) -> None:
        self._stub = stub
        self._topic = topic
        self._address = address
        self._silence = silence

    async def run(self, metadata: Metadata, after: bytes | None) -> AsyncGenerator[FetchResponse]:
        """Give the answers, and ask for more when half of what was asked for has been worked through.

        Raises:
            Unauthorized: The session is not taken.
            CpqBridgeError: The stream was refused, has ended or has gone silent.
        """
        call = self._stub.subscribe(metadata=metadata)
        first = FetchRequest(
            topic_name=self._topic,
            replay_preset=LATEST if after is None else CUSTOM,
            replay_id=after or b"",
            num_requested=MOST,
        )
        try:
            await self._ask(call, first)
            under_way = MOST
            while True:
                response = await self._next(call)
                yield response
                under_way -= len(response.events)
                if under_way <= MOST // 2:
                    await self._ask(call, FetchRequest(topic_name=self._topic, num_requested=MOST - under_way))
                    under_way = MOST
        except grpc.aio.AioRpcError as error:
            raise refusal(error, self._address) from error
        finally:
            call.cancel()

    async def _next(self, call: Call) -> FetchResponse:
        try:
            async with asyncio.timeout(self._silence):
                response = await call.read()
        except TimeoutError as error:
            message = f"Salesforce's events: no sign of life of {self._topic} for {self._silence:.0f} s"
            raise RetryLater("CPQ-102", message, detail={"address": self._address}) from error
        if isinstance(response, FetchResponse):
            return response
        raise RetryLater("CPQ-104", f"Salesforce ended the stream of {self._topic}", detail={"address": self._address})

    @staticmethod
    async def _ask(call: Call, request: FetchRequest) -> None:
        try:
            await call.write(request)
        except asyncio.InvalidStateError:
            return  # the call is over; the next read says why

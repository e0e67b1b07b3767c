"""Locks by key: one holder at a time, no waiting in a circle, free again after a fault."""

from __future__ import annotations

import asyncio

import pytest

from cpqbridge.sync.locks import KeyedLocks


def test_one_key_has_one_holder_at_a_time() -> None:
    async def scenario() -> int:
        locks, holders, most = KeyedLocks(), 0, 0

        async def work() -> None:
            nonlocal holders, most
            async with locks.hold({"account:1"}):
                holders += 1
                most = max(most, holders)
                await asyncio.sleep(0)
                holders -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        return most

    assert asyncio.run(scenario()) == 1


def test_other_keys_do_not_wait() -> None:
    async def scenario() -> None:
        locks = KeyedLocks()
        async with locks.hold({"account:1"}), locks.hold({"account:2"}):
            pass
        async with locks.hold(()):
            pass

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_keys_in_any_order_and_twice_never_wait_in_a_circle() -> None:
    async def scenario() -> int:
        locks, done = KeyedLocks(), 0

        async def work(keys: list[str]) -> None:
            nonlocal done
            async with locks.hold(keys):
                await asyncio.sleep(0)
                done += 1

        orders = (["a", "b", "c"], ["c", "b", "a"], ["b", "a", "b"], ["c", "a"])
        await asyncio.gather(*(work(keys) for keys in orders * 5))
        return done

    assert asyncio.run(asyncio.wait_for(scenario(), 5)) == 20


def test_locks_are_free_after_a_fault() -> None:
    async def scenario() -> None:
        locks = KeyedLocks()
        with pytest.raises(RuntimeError, match="stopped"):
            async with locks.hold(["a", "b"]):
                raise RuntimeError("stopped")
        async with locks.hold(["b", "a"]):
            pass

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_locks_are_free_after_waiting_was_given_up() -> None:
    async def scenario() -> None:
        locks = KeyedLocks()

        async def wait() -> None:
            async with locks.hold(["a", "b"]):
                raise AssertionError("b is held")

        async with locks.hold(["b"]):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            async with locks.hold(["a"]):
                pass

    asyncio.run(asyncio.wait_for(scenario(), 5))

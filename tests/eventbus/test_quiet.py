"""gRPC writes nothing by itself on standard error, neither of forks nor of broken handshakes."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORKING = """
import asyncio, os
import cpqbridge.{package}
import grpc

async def main():
    server = grpc.aio.server()
    server.add_insecure_port("127.0.0.1:0")
    await server.start()
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    await server.stop(0)

asyncio.run(main())
print("done")
"""


@pytest.mark.parametrize("package", ["eventbus", "sandbox.salesforce.events"])
def test_a_fork_is_not_told_of(package: str) -> None:
    program = FORKING.format(package=package)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")

"""The wire of Salesforce's Pub/Sub API, and nothing else: messages and the six remote calls.

`pubsub_pb2` holds the messages, generated from `pubsub.proto` by `python -m tools.eventbus`; `service` the calls, for
clients and for servers. The connector and the sandbox both import this package, and it imports neither. Importing its
modules loads gRPC, so whoever can do without events imports them where they are used, and before gRPC itself.
"""

import os

# gRPC's core writes to standard error by itself; what matters comes as an error of a call. Nor need it follow forks:
# the processes that are started here run other programs.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")

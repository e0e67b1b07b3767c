"""Events of the org: change data capture and platform events, kept for replay and served by the Pub/Sub API.

The store tells of committed writes (`writes`), the bus makes events of them (`bus`) and keeps them beside the records
(`journal`); what they look like on the wire is worked out when somebody reads them (`schemas`, `payloads`). `server`
listens, `service` answers the remote calls, `stream` is one subscription.
"""

from cpqbridge import eventbus as eventbus  # it says how gRPC is to behave, and must come before it

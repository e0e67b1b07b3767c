"""What both clients have in common: HTTP with time-outs, retries, sign-in, limits and exact decimals.

| module | holds |
| --- | --- |
| `wire` | JSON in and out, numbers as `Decimal` |
| `exchange` | one request, one reply, and the record of it that others may see |
| `retries` | which failures are repeated, how often and after how long, as data |
| `limiter` | how many calls run at once, who goes first, and pauses that a system asks for |
| `lanes` | what goes first: live work, then back-fill |
| `shared` | what all clients of a system share: budget, pauses, whether it is taken to be down |
| `session` | the session that a sign-in gave, renewed once for all callers |
| `clock` | time and chance, which tests hold still |
| `download` | a large file from a pre-signed address, taken up where it broke off |
| `pages` | a page of a bulk read, and where to go on |
| `polling` | waiting for another system's job |
| `channel` | the way of a request: sign in, wait for a slot, send, understand, repeat |

Whether a failed write may have been done is the question that everything here answers: *nothing sent* is repeated,
*unknown result* is repeated only where a repetition cannot double anything.
"""

"""What all processes share about the limits of both systems.

| module | holds |
| --- | --- |
| `keys` | the name of each system, and of who signs in to it, in the shared tables |
| `allowance` | the arithmetic of the daily budget, pure |
| `budget` | calls taken from the daily budget, in parcels |
| `cause` | what kind of outage an error is the sign of |
| `circuit` | whether a system is taken to be down |
| `statements` | the tables, one statement each |
| `pool` | what all clients of a system share: places, budget, pauses |
| `upstream` | one system as one client sees it: what it shares, and its circuit |
| `board` | keeps all processes alike, probes what is down, tells how things stand |
| `checkup` | the lines of `cpqbridge doctor` |
"""

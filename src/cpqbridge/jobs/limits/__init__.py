"""What all processes share about the limits of both systems.

| module | holds |
| --- | --- |
| `keys` | the name of each system in the shared tables |
| `allowance` | the arithmetic of the daily budget, pure |
| `budget` | calls taken from the daily budget, in parcels |
| `cause` | what kind of outage an error is the sign of |
| `circuit` | whether a system is taken to be down |
| `statements` | the tables, one statement each |
| `upstream` | one system as its client sees it: budget, circuit, pauses |
| `board` | keeps all processes alike, probes what is down, tells how things stand |
| `checkup` | the lines of `cpqbridge doctor` |
"""

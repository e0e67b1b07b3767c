"""How the connector tells what it does: logs without secrets, what is being worked on, and traces."""

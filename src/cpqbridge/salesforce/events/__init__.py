"""Events over the Pub/Sub API: topics, schemas and streams. Importing `client` loads gRPC; nothing else here does."""

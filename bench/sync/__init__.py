"""The speed of the engine, against both sandboxes in processes of their own: `python -m bench.sync`."""

"""The service as users run it: processes that are killed, frozen and stopped, over systems that come and go."""

"""The connector is killed and troubled at every single write, and must end as if nothing had happened."""

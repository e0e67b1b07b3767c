"""Use case: link contracts that both systems have had since before cpqbridge, so that their amendments find them."""

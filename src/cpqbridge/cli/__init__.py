"""The command line: one file per command, `output` for what is printed, `configure` for which settings are used."""

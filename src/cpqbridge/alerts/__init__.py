"""Alerts: what is said of records that failed or are held (`message`, pure), and the e-mail that says it (`mail`)."""

"""Alerts: what is said of runs (`message`) and of incidents (`notice`), when (`telling`), and by what (`channels`)."""

"""What CPQ sold against what Zuora bills, line by line, with the cause of every difference. Pure."""

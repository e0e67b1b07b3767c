"""What finds changes in Salesforce: the poll, which finds all of them, and events, which make it poll at once."""

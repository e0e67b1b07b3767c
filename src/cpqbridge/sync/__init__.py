"""The use cases: read both systems, plan, gate, apply, and say what became of each record.

connect    opens both systems and the ledger from the settings
wishes     which Salesforce fields are read
source     reads Salesforce into a snapshot
target     reads Zuora into a state
batch      reads both for a batch, and plans its records
products   reads the two catalogs for a sync of products by themselves
planner    use case: show what would be written
service    use case: carry records over
apply      runs a plan through the ledger
checkup    use case: is everything there that a sync needs?
result     what users see
"""

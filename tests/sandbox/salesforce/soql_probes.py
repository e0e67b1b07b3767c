"""Statements whose syntax is right, and statements whose syntax is wrong."""

# ruff: noqa: E501  One statement, one line.

from __future__ import annotations

FRAME = "SELECT Id FROM Account WHERE {}"

CONDITIONS = [
    "Name = 'a'", "Name != 'a'", "Name <> 'a'", "Amount < 1", "Amount <= 1.5", "Amount > -1", "Amount >= +2",
    "Name = null", "Name != NULL", "Active = TRUE", "Active = false", "Name LIKE 'a%'", "Name like '_b\\%'",
    "Name IN ('a')", "Name IN ('a', 'b', 'c')", "Name NOT IN ('a', 'b')", "Id IN (SELECT AccountId FROM Contact)",
    "Id NOT IN (SELECT AccountId FROM Contact WHERE Name = 'x')", "Colors INCLUDES ('a;b', 'c')", "Colors EXCLUDES ('a')",
    "Name = 'it\\'s'", "Name = 'back\\\\slash'", "Name = 'line\\nbreak'", "Name = ''", "Name = '(x) AND y'",
    "(Name = 'a')", "((Name = 'a'))", "Name = 'a' AND Site = 'b'", "Name = 'a' OR Site = 'b' OR Fax = 'c'",
    "(Name = 'a' AND Site = 'b') OR Fax = 'c'", "Name = 'a' AND (Site = 'b' OR Fax = 'c')", "NOT Name = 'a'",
    "(NOT Name = 'a') AND Site = 'b'", "NOT (Name = 'a' OR Site = 'b')", "Site = 'b' AND (NOT Name = 'a')",
    "CreatedDate = TODAY", "CreatedDate = today", "CreatedDate > YESTERDAY", "CreatedDate < TOMORROW",
    "CreatedDate = LAST_WEEK", "CreatedDate = THIS_WEEK", "CreatedDate = NEXT_WEEK", "CreatedDate = LAST_MONTH",
    "CreatedDate = THIS_MONTH", "CreatedDate = NEXT_MONTH", "CreatedDate = LAST_90_DAYS", "CreatedDate = NEXT_90_DAYS",
    "CreatedDate = LAST_N_DAYS:7", "CreatedDate = NEXT_N_DAYS:7", "CreatedDate = LAST_N_WEEKS:2",
    "CreatedDate = NEXT_N_MONTHS:3", "CreatedDate = THIS_QUARTER", "CreatedDate = LAST_N_QUARTERS:4",
    "CreatedDate = THIS_YEAR", "CreatedDate = NEXT_YEAR", "CreatedDate = LAST_N_YEARS:5",
    "CreatedDate = THIS_FISCAL_QUARTER", "CreatedDate = LAST_FISCAL_YEAR", "CreatedDate = NEXT_N_FISCAL_QUARTERS:6",
    "CreatedDate = LAST_N_FISCAL_YEARS:3", "CreatedDate > N_DAYS_AGO:30", "CreatedDate = N_MONTHS_AGO:2",
    "CreatedDate > 2026-01-02T03:04:05Z", "CreatedDate >= 2026-01-02T03:04:05.678Z",
    "CreatedDate < 2026-01-02T03:04:05+01:00", "CreatedDate < 2026-01-02T03:04:05-08:00", "Birth = 2026-01-02",
    "Birth IN (2026-01-02, 2026-01-03)", "Owner.Name = 'x'", "A.B.C.D.E.Name = 'x'", "SBQQ__Quote__r.Name = 'Q'",
    "CALENDAR_YEAR(CreatedDate) = 2026", "DAY_ONLY(convertTimezone(CreatedDate)) > 2026-01-01",
    "DISTANCE(Location__c, GEOLOCATION(37.775, -122.418), 'mi') < 20", "Amount > USD5000",
]  # fmt: skip

ACCEPTED = [
    *(FRAME.format(condition) for condition in CONDITIONS),
    "SELECT Id FROM Account",
    "select id from account",
    "SELECT Id\nFROM Account\nWHERE Name = 'a'",
    "  SELECT   Id ,Name  FROM  Account  ",
    "SELECT Id, Name, Owner.Name, Parent.Parent.Name FROM Account",
    "SELECT COUNT() FROM Account",
    "SELECT count() FROM Account WHERE Name LIKE 'a%'",
    "SELECT COUNT(Id) FROM Account",
    "SELECT COUNT(Id) total, MAX(CreatedDate) latest FROM Account",
    "SELECT COUNT_DISTINCT(Name), SUM(Amount), AVG(Amount), MIN(Amount), MAX(Amount) FROM Opportunity",
    "SELECT Name, COUNT(Id) FROM Account GROUP BY Name",
    "SELECT Name n, COUNT(Id) FROM Account GROUP BY Name",
    "SELECT Name, COUNT(Id) FROM Account GROUP BY Name HAVING COUNT(Id) > 1",
    "SELECT Name, COUNT(Id) FROM Account GROUP BY Name HAVING COUNT(Id) > 1 AND Name LIKE 'a%' ORDER BY COUNT(Id) DESC",
    "SELECT Status, Type, COUNT(Id) FROM Order GROUP BY ROLLUP(Status, Type)",
    "SELECT Status, GROUPING(Status) g, COUNT(Id) FROM Order GROUP BY CUBE(Status, Type)",
    "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Order GROUP BY CALENDAR_YEAR(CreatedDate)",
    "SELECT Id FROM Account ORDER BY Name",
    "SELECT Id FROM Account ORDER BY Name ASC",
    "SELECT Id FROM Account ORDER BY Name DESC NULLS LAST",
    "SELECT Id FROM Account ORDER BY Name NULLS FIRST, CreatedDate DESC",
    "SELECT Id FROM Account LIMIT 10",
    "SELECT Id FROM Account LIMIT 0",
    "SELECT Id FROM Account LIMIT 10 OFFSET 5",
    "SELECT Id FROM Account OFFSET 5",
    "SELECT Id FROM Account WHERE Name = 'a' ORDER BY Name LIMIT 1 OFFSET 2",
    "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
    "SELECT Id, (SELECT Id, LastName FROM Contacts WHERE LastName LIKE 'a%' ORDER BY LastName LIMIT 5) FROM Account",
    "SELECT Id, (SELECT Id FROM Contacts), (SELECT Id FROM Orders) FROM Account",
    "SELECT Id, (SELECT Id, (SELECT Id, (SELECT Id FROM SBQQ__OrderItems__r) FROM OrderItems) FROM Orders) FROM Account",
    "SELECT (SELECT Id FROM Contacts) FROM Account",
    "SELECT FIELDS(ALL) FROM Account LIMIT 200",
    "SELECT FIELDS(STANDARD) FROM Account",
    "SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 10",
    "SELECT toLabel(Status) FROM Order",
    "SELECT toLabel(Status) shown FROM Order",
    "SELECT FORMAT(Amount) shown FROM Opportunity",
    "SELECT FORMAT(convertCurrency(Amount)) shown FROM Opportunity",
    "SELECT convertCurrency(Amount) FROM Opportunity",
    "SELECT TYPEOF What WHEN Account THEN Phone, Name WHEN Opportunity THEN Amount ELSE Name END FROM Event",
    "SELECT TYPEOF Owner WHEN User THEN Name END FROM Account",
    "SELECT Id FROM Account USING SCOPE mine",
    "SELECT Id FROM Account USING SCOPE everything WHERE Name = 'a'",
    "SELECT Id FROM Account WITH SECURITY_ENFORCED",
    "SELECT Id FROM Account WHERE Name = 'a' WITH SECURITY_ENFORCED ORDER BY Name LIMIT 1",
    "SELECT Title FROM FAQ__kav WHERE Language = 'en_US' WITH DATA CATEGORY Geography__c AT usa__c",
    "SELECT Title FROM FAQ__kav WITH DATA CATEGORY Geography__c ABOVE_OR_BELOW (usa__c, uk__c) AND Product__c AT all__c",
    "SELECT Id FROM Account FOR VIEW",
    "SELECT Id FROM Account FOR REFERENCE",
    "SELECT Id FROM Account WHERE Name = 'a' LIMIT 1 FOR UPDATE",
    "SELECT a.Id, a.Name FROM Account a WHERE a.Name = 'x'",
    "SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name",
]  # fmt: skip

BROKEN_CONDITIONS = [
    "", "Name", "Name =", "= 'a'", "Name = 'a", "Name = \"a\"", "Name == 'a'", "Name = a", "Name IN ()",
    "Name IN ('a',)", "Name NOT ('a')", "Name NOT LIKE 'a%'", "Name IS NULL", "Name BETWEEN 1 AND 2", "Name LIKE",
    "(Name = 'a'", "Name = 'a')", "Name = 'a' AND", "Name = 'a' OR OR Site = 'b'",
    "CreatedDate = LAST_N_DAYS", "CreatedDate = LAST_N_DAYS:", "CreatedDate = LAST_N_DAYS:x",
    "Id IN (SELECT AccountId FROM Contact", "Id IN (SELECT FROM Contact)", "Name = 'a' 'b'", "Name ! 'a'", "1 = 1",
    "Name = 'a' LIMIT", "Name = 'a' ORDER Name", "Name = 'a' GROUP Name", "Name = 'a';",
]  # fmt: skip

REJECTED = [
    *(FRAME.format(condition) for condition in BROKEN_CONDITIONS),
    "",
    "SELECT",
    "SELECT Id",
    "SELECT Id FROM",
    "SELECT FROM Account",
    "Id FROM Account",
    "SELECT Id, FROM Account",
    "SELECT Id Name Site FROM Account",
    "SELECT Id FORM Account",
    "SELECT * FROM Account",
    "SELECT Id FROM Account WHERE Name = 'a' WHERE Name = 'b'",
    "SELECT Id FROM Account LIMIT -1",
    "SELECT Id FROM Account LIMIT ten",
    "SELECT Id FROM Account ORDER Name",
    "SELECT Id FROM Account ORDER BY",
    "SELECT Id FROM Account ORDER BY Name UP",
    "SELECT Id FROM Account ORDER BY Name NULLS MIDDLE",
    "SELECT Id FROM Account LIMIT 1 ORDER BY Name",
    "SELECT Id FROM Account OFFSET 1 LIMIT 1",
    "SELECT Id FROM Account GROUP BY",
    "SELECT Id, (SELECT Id FROM Contacts FROM Account",
    "SELECT Id, SELECT Id FROM Contacts FROM Account",
    "SELECT Id, () FROM Account",
    "SELECT FIELDS() FROM Account",
    "SELECT FIELDS(SOME) FROM Account",
    "SELECT TYPEOF Owner WHEN User Name END FROM Account",
    "SELECT TYPEOF Owner ELSE Name END FROM Account",
    "SELECT TYPEOF Owner WHEN User THEN Name FROM Account",
    "UPDATE Account SET Name = 'a'",
    "DELETE FROM Account",
    "INSERT INTO Account (Name) VALUES ('a')",
    "SELECT Id FROM Account; SELECT Id FROM Contact",
    "SELECT Id FROM Account UNION SELECT Id FROM Contact",
    "SELECT Id FROM Account JOIN Contact",
    "SELECT Account..Name FROM Contact",
    "SELECT .Name FROM Contact",
    "SELECT COUNT( FROM Account",
    "SELECT Id FROM Account -- comment",
    "SELECT Id FROM Account WITH SECURITY",
    "SELECT Id FROM Account USING mine",
]  # fmt: skip

LENIENT_ORACLE = [
    *(
        FRAME.format(condition)
        for condition in (
            "Name = 'a' AND Site = 'b' OR Fax = 'c'", "Name = 'a' OR Site = 'b' AND Fax = 'c'",
            "Site = 'b' AND NOT Name = 'a'", "Name = 'a\\qb'", "Name IN 'a'", "AND Name = 'a'", "Name = 'a' Site = 'b'",
            "Name INCLUDES 'a'",
        )
    )
]  # fmt: skip
"""Statements the documented grammar refuses, though the JavaScript parser lets them pass."""

STRICT_ORACLE = ["SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name = 'x'"]
"""Statements of the documented grammar that the JavaScript parser does not know."""

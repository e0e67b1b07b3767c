"""The mapping guide as tables of rules, and the pure transforms that they name.

One file per Zuora noun holds its table: `account`, `contact`, `order`, `subscription`, `line_item`, `product`.
`rule` says what a rule is and applies a table to records; `transforms` and `conditions` hold the named
functions that rules use; `dates` and `countries` the knowledge behind them. Nothing here does I/O.
"""

"""Money of many lines at once: the rules of `money`, on columns of integers.

Days are counted from 1970-01-01, months from January 1970; ends are the first days without. Every amount is an integer
number of minor units, and every share an integer over an integer, so that all is exact, as in the code for one line.
"""

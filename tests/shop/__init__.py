"""The one shop that all tests sell in.

An amount is text, as a person writes it: "10.00", with the decimal places of its currency; below zero, money goes back. Nothing here takes
cents or a float, and what comes out again is compared as text or `Decimal`. Days are counted from Monday, 16 November 2026 (day 0), and
everything happens at noon in Phoenix unless a test says otherwise.

- `account`: orders, lines, payments and contacts as Infusionsoft's REST API gives them; what a test leaves out is the usual.
"""

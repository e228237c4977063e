"""The one shop that all tests sell in.

An amount is text, as a person writes it: "10.00", with the decimal places of its currency; below zero, money goes back. Nothing takes cents
or a float; where a test computes, it may hand on a `Decimal`. What comes out is compared as text or `Decimal`. Everything happens on
Monday, 16 November 2026, at noon in Phoenix, unless a test says otherwise.

- `account`: orders, lines, payments and contacts as Infusionsoft's REST API gives them; what a test leaves out is the usual
- `records`: the same as the sync has read them
- `stores`: a store's settings, as values and as the text of a file
- `services`: both clients over a sandbox
- `runs`: runs, and orders in the middle of one
- `companies`: QuickBooks companies with lists, in the cache and in a sandbox
- `entries`: what the general ledger shows
- `books`, `office`: what is entered by hand and what goes wrong; the steps that write, and what the ledger says

And three shops over an empty sandbox, by how orders come into them:

- `counter`: sold in Infusionsoft, and read by the steps over HTTP
- `fault_shop`: put into the store as they were read, many at once, while QuickBooks fails
- `till`: sold in Infusionsoft, and synced by the Dag
"""

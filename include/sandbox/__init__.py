"""Infusionsoft and QuickBooks on this machine: one program, one state, for trying and for tests."""

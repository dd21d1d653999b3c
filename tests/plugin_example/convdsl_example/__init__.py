"""A layer and a rule for convdsl."""

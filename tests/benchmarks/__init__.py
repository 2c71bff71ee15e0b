"""Measurements beside other engines; not collected by pytest."""

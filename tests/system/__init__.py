"""Tests of the whole, through the commands a person runs."""

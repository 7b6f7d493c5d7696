"""Databricks notebooks on this machine: one warm JVM (kernel.py), one Python process a run (run.py)."""

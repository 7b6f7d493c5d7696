"""Runs Databricks notebooks locally: one warm JVM (kernel.py), one Python process per run (run.py)."""

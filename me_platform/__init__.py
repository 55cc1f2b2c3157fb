"""Monitoring and evaluation for organisations that support survivors of trafficking."""

__version__ = "0.1.0"

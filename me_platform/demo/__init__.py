"""The sample instance: invented people at three invented organisations, walked through a year.

Nothing here is used outside sample instances.
"""

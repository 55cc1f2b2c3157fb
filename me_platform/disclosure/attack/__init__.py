"""Breaking published numbers from outside: what a hostile reader can work out of reports and exports.

It reads what is published and nothing else, and shares no code with what protects figures (a contract in
pyproject.toml holds that): a mistake made there must not be made here again. Source: privacy-and-safety part 3.
"""

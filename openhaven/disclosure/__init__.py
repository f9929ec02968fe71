"""Making data safe: record-level (hierarchies, classes, recoding, risk) and tables (rules, audit, protection).

Pure: arrays in, arrays out. No file is read here, no row of a person is held longer than a call lasts.
"""

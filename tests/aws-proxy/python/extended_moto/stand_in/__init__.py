"""APIs that moto lacks, or has only in part: tables say what each operation does, and `server.py` does it.

Every request is held against AWS's service model, and answers are written by it.
"""

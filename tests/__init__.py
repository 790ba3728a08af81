"""Tests: unit and contract need no server, integration and simulation use the real stack (conftest.py)."""

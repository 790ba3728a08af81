"""Tests: unit and contract need no server, integration and simulation use the real stack (see conftest.py)."""

"""Journeys through the real page in a real Chromium."""

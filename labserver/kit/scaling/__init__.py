"""Scaling: growth, failure drills, and a capacity model."""

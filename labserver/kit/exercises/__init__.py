"""Exercises: tasks, checks, predictions."""

"""Replication of published experiments: tasks, training, measurements, verdicts."""

"""What a paper reports as its results: measured cells, and tuples of task, data set, metric and score."""

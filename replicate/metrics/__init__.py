"""The metrics of the tasks, for the nine targets as the benchmark's own scorer computes them.

One module per kind of metric. Each has `score(...)`, the numbers on the 0-100 scale, and `per_example(...)`, the same
numbers as sufficient statistics of single examples, from which the verdict draws its bootstrap samples. Nothing here
touches the disk, and no metric has a value for nothing: no examples is an error, never 0.
"""

"""One iteration: its plan, updates, logs, optimizers, averages and compilation."""

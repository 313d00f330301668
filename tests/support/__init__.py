"""What many tests stand on: fakes, tiny random models, small graphs and requests."""

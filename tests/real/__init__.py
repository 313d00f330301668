"""Tests on a real pre-trained model; ``make real`` installs it and runs them."""

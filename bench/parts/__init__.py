"""The parts of the bench, each runnable alone."""

"""Training of the prior: from pictures to a model folder. Nothing heavy is imported here."""

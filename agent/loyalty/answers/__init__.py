"""What the cloud answered: whether it is done, what each code means, and who or what was told of."""

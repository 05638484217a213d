"""A shop whose line loses answers: real stores, the simulated cloud in process, a clock of its own."""

"""What every service stands on: the Till, and the PINs of supervisors."""

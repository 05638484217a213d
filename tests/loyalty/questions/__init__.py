"""Questions of an open sale, as the cashier hears their answers."""

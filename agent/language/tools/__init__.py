"""What makes and checks the language files. Needs Babel; nothing of it runs in a till."""

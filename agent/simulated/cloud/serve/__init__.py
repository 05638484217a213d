"""The cloud as a running web server: each request from its first byte to its last."""

"""The line to the cloud, over real sockets."""

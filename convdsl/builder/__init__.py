"""A builder: programs that write specs."""

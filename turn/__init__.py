"""One message from *open* to *reply*, over ports."""

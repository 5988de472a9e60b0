"""The durable hit log: one writer, any number of readers."""

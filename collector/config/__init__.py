"""What config/collector.toml says, read once, checked and typed: a module for each group of sections."""

"""What the published figures are made with; see benchmarks/README.md."""

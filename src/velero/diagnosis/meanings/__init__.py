"""What messages mean in plain words, and what to do: rows by who says it; `tables` asks all."""

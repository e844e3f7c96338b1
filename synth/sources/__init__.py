"""Where papers come from: one module per source behind one small protocol."""

"""How fast, side by side in one run. Nothing here is asserted in tests; `make bench` prints it."""

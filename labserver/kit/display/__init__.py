"""Display: everything that a notebook shows."""

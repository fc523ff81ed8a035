"""The places of the window, one module (or a family of modules) each."""

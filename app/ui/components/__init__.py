"""Parts of the window that know a model: rail, sync chip and panel, status line, toasts."""

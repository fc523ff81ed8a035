"""The window: shell, pages, components and widgets; it changes nothing except through app.actions."""

from app.ui import none_guard

none_guard.apply()

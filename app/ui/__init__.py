"""The window: shell, pages, components and widgets; it changes nothing except through app.actions."""

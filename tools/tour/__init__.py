"""The tour: one order from the call centre to the ERP's files, in real windows, over the real HTTP server."""

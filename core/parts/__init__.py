"""The rules of parts: what is to spare, what to order, which part replaces which, requests, shipments, accounts."""

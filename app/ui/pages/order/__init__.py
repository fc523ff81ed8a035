"""The order page: one order from the offer to its completion, one next right thing at a time."""

from app.ui.pages.order.page import OrderPage, order_page

__all__ = ["OrderPage", "order_page"]

"""The call-back desk: the customer's word on a finished order."""

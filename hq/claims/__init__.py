"""The claims desk: from a finished order to the claim HQ will pay, or hold."""

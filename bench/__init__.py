"""Measures Devlinks: how well it links real histories, and how fast it is beside bare floors."""

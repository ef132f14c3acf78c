"""Drawn inputs have no deadline: a busy machine says nothing of them."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

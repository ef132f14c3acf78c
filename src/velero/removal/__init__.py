"""The end of an installation: `removing` takes it out in order and within bounds.

`abandoned` takes up what one without a hook left, `terminating` lets go of a namespace that is
being deleted. Of this room alone: `definitions`, `waiting`.
"""

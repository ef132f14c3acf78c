"""What config.yaml means for Velero.

`models` has the options, one model per concern, `settings` turns them into flags and fields;
`values` and `documents` say what one option may be.
"""

"""Where backups go: locations, their Secrets, and what a provider is in Velero's terms.

`location` makes and changes them, `objects` says what they should be, `providers` turns a
relation's fields into a `Storage`; `checks` says what is wrong, `additions` what others put
there, `stores` names a store as a person would, `remembered` keeps the folder of an adopted one.
"""

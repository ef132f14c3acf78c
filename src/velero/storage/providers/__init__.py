"""Storage providers: from a relation's fields to Velero's terms. Pure; `known` has all of them."""

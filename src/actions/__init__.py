"""The actions: one params model and one function for each; `performing` finds and runs them."""

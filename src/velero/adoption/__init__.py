"""Taking over a Velero that others installed: `takeover` surveys and adopts, `leftovers` stay."""

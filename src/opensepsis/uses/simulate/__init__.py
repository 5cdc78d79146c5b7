"""Virtual patients with sepsis: the biology, the care, the hospital's chart and, beside it, the truth."""

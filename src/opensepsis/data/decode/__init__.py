"""From what a hospital's systems say, one resource or value at a time, to facts: the readers that the ward and the sources share."""

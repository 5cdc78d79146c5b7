"""The ward's reducer for one patient at a time, for engines that keep a state by key: a stream of a whole hospital group."""

"""The workbench: weeks of a ward's log again under other rules of alerting, side by side. It changes nothing in the ward."""

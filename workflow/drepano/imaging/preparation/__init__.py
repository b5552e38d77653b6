"""How a scan is prepared: pure functions on volumes; files, names and ranks are the stage's."""

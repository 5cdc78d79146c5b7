"""From the state of a patient to what the board and the patient's page show."""

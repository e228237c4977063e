"""The pages of the sync inside Airflow's own UI, for the accountant and the data team; nothing is decided here."""

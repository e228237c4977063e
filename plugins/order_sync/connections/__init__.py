"""The connections to both services.

fields      what an Airflow connection must hold, and what becomes of it for each client
consent     somebody lets the sync in, at the service's own page
trial       whether a service answers, and who it is that answers
state       whether somebody has to do something about it, and how much of its quota is used
"""

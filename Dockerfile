FROM apache/airflow:3.3.2-python3.12

COPY requirements.txt /requirements.txt
# Airflow is pinned in it, as the image's own version, so that no other line can move it.
RUN pip install --no-cache-dir --require-hashes -r /requirements.txt

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins
# A volume that is mounted here is the airflow user's. Where Airflow finds no configuration file it writes one, with all that its
# environment says, secrets included; an empty one stands for the defaults.
RUN mkdir /opt/airflow/sandbox && touch /opt/airflow/airflow.cfg

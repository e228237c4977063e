FROM apache/airflow:3.3.2-python3.12

COPY requirements.txt /requirements.txt
# Airflow is pinned in the same command, so that no other line can move it.
RUN pip install --no-cache-dir "apache-airflow==${AIRFLOW_VERSION}" -r /requirements.txt

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins
# A volume that is mounted here is the airflow user's.
RUN mkdir /opt/airflow/sandbox

"""The texts of the recipes: `each` once for every cron line, `whole` around them."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["TEXTS"]

_CRON = {
    "each": "$line  $crontab",
    "whole": """\
# reportgen: $project. Put it in with: crontab FILE
# Lines are of this zone where cron knows CRON_TZ, as cronie does; else of the machine's own.
CRON_TZ=$zone
$each
""",
}

_SYSTEMD = {
    "each": """
# ---- reportgen-$name.service ----
[Unit]
Description=reportgen run --due $reports
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/bin/env $unit
# 4: something that is due cannot be made yet; the next look will see it.
SuccessExitStatus=4
KillMode=mixed
TimeoutStopSec=2min
UMask=0077

# ---- reportgen-$name.timer ----
[Unit]
Description=Look what is due: $reports

[Timer]
$events
Persistent=true
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
""",
    "whole": """\
# reportgen: $project. Put each part into the file of its name below ~/.config/systemd/user, then:
#   systemctl --user daemon-reload && systemctl --user enable --now reportgen-NAME.timer
$each
""",
}

_GITHUB = {
    "each": "",
    "whole": """\
# reportgen: $project. Save it as .github/workflows/reports.yml
# Times are of UTC. What is made must outlive the job: let `site:` and `ledger:` in reportgen.yml
# name a bucket (s3://...), whose key is a secret of this repository.
name: reports
on:
  schedule:
$utc
  workflow_dispatch: {}
permissions:
  contents: read
concurrency:
  group: reportgen
  cancel-in-progress: false
jobs:
  reports:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    env:
      AWS_ACCESS_KEY_ID: $${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: $${{ secrets.AWS_SECRET_ACCESS_KEY }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: '3.12'
          cache: pip
      - run: pip install 'reportgen[s3]'
      # 4: something that is due cannot be made yet; the next look will see it.
      - run: $all
""",
}

_GITLAB = {
    "each": "",
    "whole": """\
# reportgen: $project. Save it as .gitlab-ci.yml, and make a pipeline schedule (Build > Pipeline
# schedules) in the zone $zone. Let `site:` and `ledger:` in reportgen.yml name a bucket.
reports:
  image: python:3.12-slim
  rules:
    - if: $$CI_PIPELINE_SOURCE == "schedule"
  resource_group: reportgen
  timeout: 1 hour
  interruptible: false
  retry:
    max: 2
    when: [runner_system_failure, stuck_or_timeout_failure]
  script:
    - pip install 'reportgen[s3]'
    # 4: something that is due cannot be made yet; the next look will see it.
    - $all
""",
}

_AIRFLOW = {
    "each": """
with DAG(
    dag_id="reportgen_$identifier",
    description="Make what is due: $reports",
    schedule=CronTriggerTimetable("$line", timezone="$zone"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["reportgen"],
):
    BashOperator(
        task_id="run_due",
        bash_command=$python,
        # 4: cannot be made yet; the next look will see it.
        skip_on_exit_code=4,
        execution_timeout=timedelta(hours=1),
    )
""",
    "whole": '''\
"""reportgen: $project. Put it into the folder of DAGs.

Airflow only wakes: which periods are due, and what was made, is known to reportgen's ledger.
"""

from datetime import datetime, timedelta, timezone

from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.timetables.trigger import CronTriggerTimetable

$each
''',
}

_DAGSTER = {
    "each": """
@dg.op(name="$identifier")
def ${identifier}_op() -> None:
    run_due($python)


@dg.job(name="${identifier}_job")
def ${identifier}_job() -> None:
    ${identifier}_op()


schedules.append(
    dg.ScheduleDefinition(
        name="${identifier}_schedule",
        job=${identifier}_job,
        cron_schedule="$line",
        execution_timezone="$zone",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
)
""",
    "whole": '''\
"""reportgen: $project. Save it as definitions.py.

Dagster only wakes: which periods are due, and what was made, is known to reportgen's ledger.
"""

import shlex
import subprocess

import dagster as dg

schedules: list[dg.ScheduleDefinition] = []


def run_due(command: str) -> None:
    """Run a command; 4 means that something cannot be made yet, and is no failure."""
    code = subprocess.run(shlex.split(command), check=False).returncode
    if code not in (0, 4):
        raise dg.Failure(f"{command} ended with {code}")


$each

defs = dg.Definitions(schedules=schedules)
''',
}

_PREFECT = {
    "each": """
    deployments.append(
        run_due.to_deployment(
            name="$name",
            parameters={"command": $python},
            schedules=[Cron("$line", timezone="$zone")],
            concurrency_limit=1,
        )
    )
""",
    "whole": '''\
"""reportgen: $project. Save it as reports.py, and keep it running: python reports.py

Prefect only wakes: which periods are due, and what was made, is known to reportgen's ledger.
"""

import shlex
import subprocess

from prefect import flow, serve
from prefect.schedules import Cron


@flow(name="reportgen run --due", timeout_seconds=3600)
def run_due(command: str) -> None:
    """Run a command; 4 means that something cannot be made yet, and is no failure."""
    code = subprocess.run(shlex.split(command), check=False).returncode
    if code not in (0, 4):
        raise RuntimeError(f"{command} ended with {code}")


if __name__ == "__main__":
    deployments = []
$each
    serve(*deployments)
''',
}

_KUBERNETES = {
    "each": """
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: reportgen-$name
spec:
  schedule: '$line'
  timeZone: $zone
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 3600
      podFailurePolicy:
        rules:
          # Yours to fix, or not yet: trying again at once does not help.
          - action: FailJob
            onExitCodes:
              containerName: reportgen
              operator: In
              values: [1, 2, 4]
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 120
          containers:
            - name: reportgen
              image: reportgen:latest  # an image of yours with reportgen and the project in it
              command: [sh, -c]
              args:
                - $yaml
              envFrom:
                - secretRef:
                    name: reportgen
              resources:
                requests: {cpu: 500m, memory: 1Gi}
                limits: {memory: 4Gi}
""",
    "whole": """\
# reportgen: $project. Put it in with: kubectl apply -f FILE
# What is made must outlive the pod: let `site:` and `ledger:` in reportgen.yml name a bucket
# (s3://...) or a database (postgresql://...), with the keys in the secret `reportgen`.
$each
""",
}

_CONNECT = {
    "each": "run($python)",
    "whole": """\
---
title: 'reportgen: what is due'
format: html
jupyter: python3
---

<!-- Publish this document to Posit Connect beside reportgen.yml, and schedule it in the zone
$zone. Connect keeps nothing between two runs of a document: let `site:` and `ledger:` name a
bucket. It was not tried on a live server. -->

```{python}
import shlex
import subprocess


def run(command: str) -> None:
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    if done.returncode not in (0, 4):  # 4: something cannot be made yet
        raise RuntimeError(f"{command} ended with {done.returncode}")


$each
```
""",
}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "cron": _CRON,
    "systemd": _SYSTEMD,
    "github": _GITHUB,
    "gitlab": _GITLAB,
    "airflow": _AIRFLOW,
    "dagster": _DAGSTER,
    "prefect": _PREFECT,
    "kubernetes": _KUBERNETES,
    "connect": _CONNECT,
}

"""Imports what the making of a report imports, and looks up what is the same for all of them.

The process that a fleet's reports are forked from imports this file, so that none of them has to.
Nothing is opened, read or started: a process that forks must have one thread.
"""

# ruff: noqa: F401 - importing is what it is for

import http.client
import statistics
import urllib.request

import jinja2
import joblib.numpy_pickle
import nh3
import pandas
import pyarrow.dataset
import pyarrow.parquet
import pydantic
import pypandoc
import sklearn.calibration
import sklearn.compose
import sklearn.ensemble
import sklearn.isotonic
import sklearn.linear_model
import sklearn.metrics
import sklearn.naive_bayes
import sklearn.neighbors
import sklearn.pipeline
import sklearn.tree
import xxhash
import yaml

import reportgen.api.runs
import reportgen.boards.folder
import reportgen.collect.evaluation
import reportgen.collect.kinds.sklearn
import reportgen.collect.models.model
import reportgen.collect.monitoring
import reportgen.execute.notebook
import reportgen.execute.qmd
import reportgen.execute.resources
import reportgen.execute.session
import reportgen.measure.completeness
import reportgen.measure.evaluation.card
import reportgen.measure.evaluation.residuals
import reportgen.measure.expectations
import reportgen.measure.metrics.multiclass
import reportgen.measure.metrics.regression
import reportgen.measure.monitoring.report
import reportgen.measure.statistics.by_group
import reportgen.measure.verdict
import reportgen.project_file.load
import reportgen.publish.edition
import reportgen.publish.remake
import reportgen.render.embedded
import reportgen.render.formats
import reportgen.render.page
import reportgen.report.frame
from reportgen.pipeline.inputs import installed_packages

installed_packages()
# What scikit-learn imports when it meets its first data frame.
sklearn.compose.make_column_transformer(("passthrough", ["a"])).fit_transform(
    pandas.DataFrame({"a": [0]})
)

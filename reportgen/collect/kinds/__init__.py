"""The kinds of models that can be asked: one file for each, chosen without importing any library.

A model arrives as an object, so its library is loaded already; which one it is stands in the
names of its classes. What is none of the others is asked in scikit-learn's way.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from reportgen.collect.kinds.kind import Array, Kind, Nature, Question, Reply, Said, Told

__all__ = ["Array", "Kind", "Nature", "Question", "Reply", "Said", "Told", "kind_of"]

_KINDS = (
    ("spacy.language", "Language", "spacy", "SpacyPipeline"),
    ("statsmodels.base.wrapper", "ResultsWrapper", "statsmodels", "StatsmodelsResults"),
    ("torch.nn.modules.module", "Module", "torch", "TorchModule"),
    ("xgboost.core", "Booster", "xgboost", "XgboostBooster"),
    ("xgboost.sklearn", "XGBModel", "xgboost", "XgboostEstimator"),
)


def kind_of(model: Any, said: Said | None = None) -> Kind:
    """Choose how a model is asked, by the classes that it inherits from.

    Parameters
    ----------
    said : by the author in the pin's metadata; None: nothing
    """
    ancestors = {(each.__module__, each.__qualname__) for each in type(model).__mro__}
    for module, name, file, kind in _KINDS:
        if (module, name) in ancestors:
            return _made(file, kind, model, said)
    return _made("sklearn", "SklearnModel", model, said)


def _made(file: str, kind: str, model: Any, said: Said | None) -> Kind:
    home = import_module(f"reportgen.collect.kinds.{file}")
    made: Kind = getattr(home, kind)(model=model, said=said or Said())
    return made

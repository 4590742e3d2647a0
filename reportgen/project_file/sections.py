"""What only people can say of a model: the sections that every profile draws on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["QUESTIONS", "SECTIONS"]


@dataclass(frozen=True, slots=True)
class _Asked:
    title: str
    question: str


_ASKED: Mapping[str, _Asked] = {
    "intended_use": _Asked(
        "Intended use", "Who uses the prediction, and what do they decide with it?"
    ),
    "out_of_scope": _Asked("Out of scope", "For what must it not be used, though somebody might?"),
    "instructions": _Asked(
        "Instructions for use", "What must somebody do, and know, to use the prediction rightly?"
    ),
    "factors": _Asked(
        "Factors", "Which groups and conditions should be looked at, and why these?"
    ),
    "metrics": _Asked(
        "Choice of metrics", "Which error costs more, and so which metric and limit matter?"
    ),
    "training_data": _Asked(
        "Training data", "Where did the rows come from, who labelled them, what was left out?"
    ),
    "design": _Asked(
        "Design choices", "What was the model built to optimise, by which steps, and why so?"
    ),
    "resources": _Asked(
        "Computing resources",
        "On what was it trained, for how long, and what does it need to run?",
    ),
    "ethical_considerations": _Asked(
        "Ethical considerations", "Whom can a wrong prediction harm, and what is done about it?"
    ),
    "risks": _Asked(
        "Risk management", "What can go wrong, how likely and how bad is it, and who watches it?"
    ),
    "human_oversight": _Asked(
        "Human oversight", "Who can overrule the prediction, and what do they need for that?"
    ),
    "privacy": _Asked("Privacy", "Which data are about people, and how are they kept?"),
    "security": _Asked("Security", "Against which attacks and faults was it protected, and how?"),
    "monitoring_plan": _Asked(
        "Monitoring in use", "What is watched after release, how often, and what ends its use?"
    ),
    "feedback": _Asked(
        "Feedback and appeal", "How does somebody report an error or object to a decision?"
    ),
    "changes": _Asked("Changes over its life", "What was changed, what will be, and why?"),
    "standards": _Asked("Standards applied", "Which standards were followed, and how far?"),
    "declaration": _Asked("Declarations", "Who has declared what about it, where and when?"),
    "environment": _Asked(
        "Environmental impact", "How much energy did training take, and how was that counted?"
    ),
    "getting_started": _Asked(
        "How to get started", "What are the first lines that somebody runs to use it?"
    ),
    "citation": _Asked("Citation and licence", "How is it cited, and under which licence is it?"),
    "caveats": _Asked(
        "Caveats and recommendations", "What should a reader know before relying on the numbers?"
    ),
    "contact": _Asked(
        "Owner and contact", "Who owns the model, and who is told when it goes wrong?"
    ),
}

SECTIONS: Mapping[str, str] = {name: asked.title for name, asked in _ASKED.items()}
"""The sections that a narrative can have without a title of its own, in the order of the page."""

QUESTIONS: Mapping[str, str] = {name: asked.question for name, asked in _ASKED.items()}
"""What each section answers, for a new narrative."""

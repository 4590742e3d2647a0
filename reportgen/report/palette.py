"""The colours of pages and figures, as tokens with a light and a dark value.

A figure is drawn with the light values; in a page each is replaced by the variable of its
token, so that one drawing serves both. Hence no two tokens may share a light value.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["DARK", "LIGHT"]

LIGHT = MappingProxyType(
    {
        "paper": "#ffffff",
        "panel": "#f5f6f8",
        "line": "#d5d9e0",
        "border": "#7b8494",
        "ink": "#1b2330",
        "muted": "#515c6d",
        "accent": "#1f5fa8",
        "accent-soft": "#dce8f6",
        "ok": "#1e6b3a",
        "ok-soft": "#e0f1e6",
        "watch": "#8a5300",
        "watch-soft": "#fcefd9",
        "alert": "#b3261e",
        "alert-soft": "#fbe4e2",
        "unknown": "#5b6472",
        "unknown-soft": "#eceef1",
        "series-1": "#2166ac",
        "series-2": "#c25a00",
        "series-3": "#237a57",
        "series-4": "#8a4ba3",
        "series-5": "#a3304f",
        "series-6": "#6b6f00",
    }
)

DARK = MappingProxyType(
    {
        "paper": "#12161c",
        "panel": "#1b2129",
        "line": "#333c48",
        "border": "#7d8898",
        "ink": "#e8ebf0",
        "muted": "#aab4c2",
        "accent": "#8ab8f0",
        "accent-soft": "#1d3350",
        "ok": "#7fd19b",
        "ok-soft": "#173324",
        "watch": "#f0b85c",
        "watch-soft": "#3a2a10",
        "alert": "#ff9c94",
        "alert-soft": "#451b19",
        "unknown": "#b3bcc9",
        "unknown-soft": "#2a313b",
        "series-1": "#7fb2e8",
        "series-2": "#f0a35c",
        "series-3": "#7ccfa9",
        "series-4": "#c9a0dc",
        "series-5": "#f093ac",
        "series-6": "#cdd06a",
    }
)

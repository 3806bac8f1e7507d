"""Which pages are measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from benchmarks.console.rows import COUNTRIES, Size, reference
from cases.model import CaseType, State
from desk.listing import Group


def pages(size: Size, now: datetime) -> dict[str, str]:
    """What they are called and where they are."""
    month, before = f"{now:%Y-%m}", f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
    near, far = reference(size.requests - 5), reference(size.requests // 50)
    return {
        "requests": "/requests",
        "requests, due soonest": "/requests?order=due",
        **{f"requests of the type {type_}": f"/requests?type={type_}" for type_ in CaseType},
        **{f"requests in {state}": f"/requests?state={state}" for state in State},
        **{f"requests: {group}": f"/requests?state={group}" for group in Group},
        "requests of this month": f"/requests?month={month}",
        "requests of a country": f"/requests?country={COUNTRIES[0]}",
        "requests assigned to ann": "/requests?assignee=ann",
        "requests in Chinese": "/requests?language=zh-CN",
        "requests by reference": f"/requests?text={far}",
        "search: a word that many have": "/requests?text=contoso",
        "search: a word that one has, old": f"/requests?text=partner{size.requests // 50}.example",
        "search: a Chinese word": f"/requests?text={quote('学习')}",
        "search: two words and a state": f"/requests?text={quote('fabrikam report')}&state=answered",
        "search: nothing fits": "/requests?text=nowhere-to-be-found",
        "search, due soonest: nothing fits": "/requests?text=nowhere-to-be-found&order=due",
        "requests, a page far back": f"/requests?after={far}",
        "one request": f"/requests/{near}",
        "batch of this month": f"/batch/{month}",
        "batch of last month": f"/batch/{before}",
        "due": "/due",
        "due to me": "/due?who=me",
        "missed questions": "/missed",
        **{f"overview of {days} days": f"/overview?days={days}" for days in (7, 28, 90, 365)},
        "overview of a channel and language": "/overview?days=90&channel=msteams&language=en",
        "audit": "/audit",
        "audit by deed and actor": "/audit?deed=exported&actor=ann",
        "accounts": "/accounts",
    }

"""Where the bot's token may travel."""

from __future__ import annotations

import pytest

from bot.errors import ServiceUrlRefused
from bot.service_urls import ServiceUrls

ALLOWED = [
    "https://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net/amer/3f2c6d10-0000-0000-0000-000000000000/",
    "https://smba.trafficmanager.net",
    "https://SMBA.TrafficManager.net/emea",
    "https://smba.trafficmanager.net:443/emea",
    "https://webchat.botframework.com/",
    "https://europe.directline.botframework.com/",
    "https://smba.infra.gcc.teams.microsoft.com/teams",
]

REFUSED = [
    "",
    "smba.trafficmanager.net",
    "//smba.trafficmanager.net/",
    "http://smba.trafficmanager.net/emea/",
    "ftp://smba.trafficmanager.net/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://smba.trafficmanager.net.evil.example/",
    "https://evil.example/smba.trafficmanager.net/",
    "https://evil.example/?https://smba.trafficmanager.net/",
    "https://evil.example#https://smba.trafficmanager.net/",
    "https://evilsmba.trafficmanager.net/",
    "https://x.smba.trafficmanager.net/",
    "https://trafficmanager.net/",
    "https://evil.trafficmanager.net/",
    "https://botframework.com/",
    "https://evilbotframework.com/",
    "https://botframework.com.evil.example/",
    "https://user@smba.trafficmanager.net/",
    "https://user:pass@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://smba.trafficmanager.net%40evil.example/",
    "https://evil.example\\@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net\\.evil.example/",
    "https://smba.trafficmanager.net:8443/",
    "https://smba.trafficmanager.net:80/",
    "https://smba.trafficmanager.net:/",
    "https://smba.trafficmanager.net./emea/",
    "https://.botframework.com/",
    "https://a..botframework.com/",
    "https://-a.botframework.com/",
    "https://xn--smb-5ta.botframework.com/",
    "https://smbа.trafficmanager.net/",  # a Cyrillic letter
    "https://smba。trafficmanager。net/",  # ideographic full stops
    "https://ｓmba.trafficmanager.net/",  # a full-width letter
    "https://smba.trafficmanager.net/\r\nHost: evil.example",
    "https://smba.trafficmanager.net/ emea",
    " https://smba.trafficmanager.net/",
    "https://smba.traffic\tmanager.net/",
    "https://smba.trafficmanager.net/emea?x=1",
    "https://smba.trafficmanager.net/emea#x",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://169.254.169.254/metadata/identity",
    "https://localhost/",
    "http://localhost:3978/",
    "https:///smba.trafficmanager.net/",
    "https://smba.trafficmanager.net/" + "a" * 2048,
]


@pytest.mark.parametrize("url", ALLOWED)
def test_channels_are_answered(url: str) -> None:
    assert ServiceUrls.channels().check(url) == url.rstrip("/")


@pytest.mark.parametrize("url", REFUSED)
def test_nothing_else_is(url: str) -> None:
    with pytest.raises(ServiceUrlRefused):
        ServiceUrls.channels().check(url)


@pytest.mark.parametrize("url", ["http://localhost:56150", "http://127.0.0.1:3000/_connector", "http://[::1]:9/"])
def test_loopback_mode_answers_this_machine(url: str) -> None:
    assert ServiceUrls.loopback().check(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://localhost:3000/",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://evil.example/",
        "http://10.0.0.1/",
        "http://0.0.0.0:3978/",
        "http://user@localhost/",
    ],
)
def test_loopback_mode_answers_nobody_else(url: str) -> None:
    with pytest.raises(ServiceUrlRefused):
        ServiceUrls.loopback().check(url)


HOSTS = [
    ("bots.example.com", "bots.example.com"),
    (" *.Example.org ", "*.example.org"),
    ("https://bots.example.com", "bots.example.com"),
    ("HTTPS://Bots.Example.com:443/", "bots.example.com"),
    ("https://bots.example.com/teams/v3", "bots.example.com"),
]


@pytest.mark.parametrize(("written", "host"), HOSTS)
def test_hosts_are_taken_as_operators_write_them(written: str, host: str) -> None:
    assert ServiceUrls.channels([written]).hosts == (*ServiceUrls.channels().hosts, host)


def test_more_hosts_by_setting() -> None:
    urls = ServiceUrls.channels([written for written, _ in HOSTS])
    assert urls.check("https://bots.example.com/api")
    assert urls.check("https://eu.example.org/")
    assert urls.check("https://smba.trafficmanager.net/emea/")
    for refused in ("https://x.bots.example.com/", "https://example.org/", "http://bots.example.com/", "https://h.ex/"):
        with pytest.raises(ServiceUrlRefused):
            urls.check(refused)


UNUSABLE_HOSTS = [
    "",
    "*",
    "*.",
    "com",
    "*.com",
    "*.com*",
    "*.*.example.com",
    "a.*.example.com",
    "bots.example.com.",
    "bots.example.com/x",
    "bots.example.com:8443",
    "xn--smb-5ta.example.com",
    "http://bots.example.com",
    "https://",
    "https://bots.example.com:8443/",
    "https://bots.example.com/?x=1",
    "https://me:p4ss@bots.example.com/",
    "https://*.example.com/",
    "ftp://bots.example.com",
    "10.0.0.1",
    "https://10.0.0.1/",
    "https://[::1]/",
    "[::1]",
    "localhost",
    "*.localhost",
    "bots.localhost",
    "https://localhost/",
    "localhost.localdomain",
]


@pytest.mark.parametrize("host", UNUSABLE_HOSTS)
def test_an_unusable_host_in_the_settings_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"write hosts as bots\.example\.com") as refused:
        ServiceUrls.channels([host])
    assert "p4ss" not in str(refused.value)


def test_what_one_list_allows_another_still_refuses() -> None:
    teams, here = "https://smba.trafficmanager.net/emea/", "http://localhost:56150"
    for urls, allowed, refused in (
        (ServiceUrls.channels(), teams, here),
        (ServiceUrls.loopback(), here, teams),
    ) * 2:
        assert urls.check(allowed)
        with pytest.raises(ServiceUrlRefused):
            urls.check(refused)

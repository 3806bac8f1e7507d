"""What is counted as one visitor."""

from __future__ import annotations

import pytest

from ops.visitors import site_of


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::1", "::1"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_of_ipv6_it_is_the_network_that_its_owner_has(text: str, site: str) -> None:
    assert site_of(text) == site

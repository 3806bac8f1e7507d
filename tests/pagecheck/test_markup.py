"""The words of a page, however it is written, in time linear in it."""

from __future__ import annotations

import time

import pytest

from pagecheck.fetch import BYTES_READ
from pagecheck.markup import decoded, words_of


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("hello", "hello"),
        ("<p>a<p>b</p>c", "a b c"),
        ("<b>Micro</b>soft", "Microsoft"),
        ("a<br>b<BR/>c", "a b c"),
        ("<title>Contoso</title><body>x", "Contoso x"),
        ("a &amp; b &lt;c&gt; &#20013;&#x6587; &nbsp; &copy;", "a & b <c> 中文 ©"),
        ("1 < 2 and 3 <4", "1 < 2 and 3 <4"),
        ("a<!-- hidden <b> -->b<!-->c", "abc"),
        ("<!DOCTYPE html><?xml version='1.0'?>a", "a"),
        ("<script>var a = '<p>no</p>'</script>yes<STYLE>no</STYLE >yes", "yes yes"),
        ("<noscript>no</noscript><template>no</template><svg><title>no</title></svg>yes", "yes"),
        ('<img alt="Contoso logo" src="a.png">', "Contoso logo"),
        ("<img src=a.png ALT='Contoso' title='x y'>", "Contoso x y"),
        ('<img data-alt="no">', ""),
        ('<a title="no" href="https://no.example">yes</a>', "yes"),
        ('<meta property="og:site_name" content="Contoso">', "Contoso"),
        ('<meta name="description" content="Courses">', "Courses"),
        ("<meta content='Courses' name=description>", "Courses"),
        ('<meta name="generator" content="no">', ""),
        ("Micro\u200bsoft \u202edlrow\u202c so\u00adft", "Microsoft dlrow soft"),
        ("a\n\t\r\n b", "a b"),
        ("a<p", "a"),
        ("a<script>no", "a"),
        ("a<!--no", "a"),
        ("<", "<"),
        ("</>", "</>"),
        ("&#" + "9" * 5_000 + ";a", ";a"),
        ("", ""),
    ],
)
def test_the_words_of_a_page(markup: str, words: str) -> None:
    assert words_of(markup) == words


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("微软".encode(), "text/html", "微软"),
        ("微软".encode(), "text/html; charset=UTF-8", "微软"),
        ("微软".encode("gb18030"), "text/html; charset=gb2312", "微软"),
        ("<meta charset=gbk>微软".encode("gbk"), "text/html", "<meta charset=gbk>微软"),
        ("微軟".encode("big5"), 'text/html; charset="Big5"', "微軟"),
        ("é “x”".encode("windows-1252"), "text/html; charset=ISO-8859-1", "é “x”"),
        (b"\xef\xbb\xbf" + "微软".encode(), "text/html; charset=gbk", "微软"),
        (b"\xff", "text/html", "�"),
        (b"abc", "text/html; charset=punycode", "abc"),
        (b"abc", "text/html; charset=unicode_escape", "abc"),
        (b"abc", "text/html; charset=iso-8859-99", "abc"),
        (b"", "", ""),
    ],
)
def test_character_sets(body: bytes, content_type: str, text: str) -> None:
    assert decoded(body, content_type) == text


HOSTILE = [
    "<",
    "<a ",
    "<!--",
    "</",
    "<![",
    "<a b='",
    "<?",
    "<script>",
    '<img alt="',
    "<img alt=' ",
    "<meta title",
    "&amp",
    "&#9",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear_in_the_page(piece: str) -> None:
    def seconds(size: int) -> float:
        markup = (piece * size)[:size]
        began = time.thread_time()
        words_of(markup)
        words_of("<img " + markup)
        return time.thread_time() - began

    assert seconds(BYTES_READ) < 2.0, "the standard library's parser takes minutes"

"""T22: an address that a stranger gave us leads outside or nowhere, however it is written and whatever DNS says."""

import socket
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from outside import client
from tests.outside.raw import plain, raw

PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def no_loopback(settings: Settings) -> None:
    """As in production."""
    settings.OUTSIDE_ALLOWS_LOOPBACK = False


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where a connection was tried; none is made."""
    tried: list[Any] = []

    def connect(_self: socket.socket, place: Any) -> None:
        tried.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "127.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.01",
    "169.254.169.254",
    "2852039166",
    "10.0.0.1",
    "10.255.255.255",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "localhost",
    "LOCALHOST.",
    "printer.localhost",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fe80::1]",
    "[ff02::1]",
    "[fec0::1]",
    "[2001:db8::1]",
    "[100::1]",
]


@pytest.mark.parametrize("host", INSIDE)
def test_address_inside_is_refused_by_forms_and_by_the_client(host: str, connected: list[Any]) -> None:
    for way in (client.check, lambda url: client.ask("POST", url, body=b"{}")):
        with pytest.raises(client.Unreachable) as refused:
            way(f"https://{host}/hook")
        assert refused.value.code == "address_refused"
        assert str(refused.value) == "address_refused"
    assert connected == []


BAD = [
    "http://hooks.example.com/",
    "gopher://hooks.example.com/_x",
    "file:///etc/passwd",
    "ftp://hooks.example.com/",
    "dict://hooks.example.com:2628/",
    "javascript:alert(1)",
    "//hooks.example.com/",
    "hooks.example.com/hook",
    "https://",
    "https:///hook",
    "",
    "https://user@hooks.example.com/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:25/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:5432/",
    "https://hooks.example.com:6379/",
    "https://hooks.example.com:11211/",
    "https://hooks.example.com:65536/",
    "https://hooks.example.com:-1/",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/\r\nX-Evil: 1",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com\t/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://１２７.0.0.1/",
    f"https://hooks.example.com/{'a' * 2000}",
]


@pytest.mark.parametrize("url", BAD)
def test_url_that_is_no_https_address_is_refused(url: str, connected: list[Any]) -> None:
    for way in (client.check, lambda given: client.ask("GET", given)):
        with pytest.raises(client.Unreachable) as refused:
            way(url)
        assert refused.value.code == "bad_url"
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com:8443/hook?a=1#part",
        "https://dav.example.com:5232/",
        "https://münchen.example/hook",
        f"https://{PUBLIC}/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_form_takes_what_is_public(url: str) -> None:
    client.check(url)


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS says these addresses, one answer after the other; the list fills with the names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_name_that_leads_inside_is_refused(address: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, [address])
    client.check("https://innocent.example.com/")  # nothing to be seen yet
    with pytest.raises(client.Unreachable) as refused:
        client.ask("GET", "https://innocent.example.com/")
    assert refused.value.code == "address_refused"
    assert connected == []


def test_one_address_inside_among_public_ones_is_enough(connected: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, [PUBLIC, "10.0.0.5"])
    with pytest.raises(client.Unreachable) as refused:
        client.ask("GET", "https://mixed.example.com/")
    assert refused.value.code == "address_refused"
    assert connected == []


def test_dns_that_changes_its_mind_is_asked_once_and_the_address_looked_at_is_the_one_connected_to(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T22, DNS rebinding: public for whoever checks, inside for whoever connects."""
    asked = resolve(monkeypatch, [PUBLIC], ["127.0.0.1"])
    with pytest.raises(client.Unreachable) as refused:
        client.ask("GET", "https://rebinding.example.com/")
    assert refused.value.code == "no_connection"
    assert asked == ["rebinding.example.com"]
    assert connected == [(PUBLIC, 443)]
    with pytest.raises(client.Unreachable) as refused:
        client.ask("GET", "https://rebinding.example.com/")
    assert refused.value.code == "address_refused"
    assert connected == [(PUBLIC, 443)]


def test_redirect_to_the_inside_is_refused_and_not_followed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T22: 302 to metadata, with one server that may be asked (loopback) and one that may not."""
    settings.OUTSIDE_ALLOWS_LOOPBACK = True
    monkeypatch.undo()
    for to, code in [
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://10.0.0.1/", "address_refused"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("http://user:pw@127.0.0.1/", "bad_url"),
        ("http://127.0.0.1:6379/", "bad_url"),
    ]:
        with raw(plain(302, b"", f"Location: {to}")) as server:
            with pytest.raises(client.Unreachable) as refused:
                client.ask("GET", server.url(), limits=client.Limits(redirects=5))
            assert refused.value.code == code
            assert len(server.asked) == 1


def test_proxy_in_the_environment_is_not_used(connected: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, [PUBLIC])
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    with pytest.raises(client.Unreachable):
        client.ask("GET", "https://hooks.example.com/")
    assert connected == [(PUBLIC, 443)]

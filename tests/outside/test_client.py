"""The guarded client against servers that behave, and against those that do not (T22, T23)."""

import gzip
import socket
import ssl
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction

from outside import client
from tests.outside.raw import Play, plain, raw

SMALL = client.Limits(max_bytes=1000)
HURRIED = client.Limits(seconds=0.5)


def code_of(url: str, limits: client.Limits = SMALL) -> str:
    """Why nothing came back."""
    with pytest.raises(client.Unreachable) as refused:
        client.ask("GET", url, limits=limits)
    return refused.value.code


def test_answer_comes_back_whole() -> None:
    with raw(plain(410, b"no more", "X-Why: Moved")) as server:
        answer = client.ask("POST", server.url("/a?b=%20c#d"), headers={"X-Mine": "1"}, body=b"told")
    assert (answer.status, answer.body, answer.headers["x-why"]) == (410, b"no more", "Moved")
    [asked] = server.asked
    head, _, body = asked.partition("\r\n\r\n")
    assert head.splitlines()[0] == "POST /a?b=%20c HTTP/1.1"
    assert {
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: Forecourt/1.0",
        "Accept-Encoding: identity",
        "X-Mine: 1",
        "Content-Length: 4",
    } <= set(head.splitlines())
    assert body == "told"


@pytest.mark.django_db
def test_nothing_is_asked_inside_a_transaction() -> None:
    with raw(plain()) as server:
        with transaction.atomic(), pytest.raises(client.InTransaction):
            client.ask("GET", server.url())
        assert server.asked == []


def test_redirect_is_an_answer_unless_it_may_be_followed() -> None:
    with raw(plain(302, b"", "Location: /there"), plain(200, b"there")) as server:
        assert client.ask("GET", server.url()).status == 302
    with raw(plain(302, b"", "Location: /there"), plain(200, b"there")) as server:
        answer = client.ask("POST", server.url(), body=b"x", limits=client.Limits(redirects=1))
        assert (answer.status, answer.body) == (200, b"there")
        assert server.asked[1].startswith("GET /there ")
        assert "content-length" not in server.asked[1].lower()
    with raw(plain(307, b"", "Location: /there"), plain(200)) as server:
        client.ask("PROPFIND", server.url(), body=b"x", limits=client.Limits(redirects=1))
        assert server.asked[1].startswith("PROPFIND /there ")
        assert server.asked[1].endswith("\r\n\r\nx")
    with raw(plain(302, b"", "Location: /round")) as server:
        assert client.ask("GET", server.url(), limits=client.Limits(redirects=3)).status == 302
        assert len(server.asked) == 4


def test_credentials_stay_with_their_host() -> None:
    with raw(plain()) as other, raw(plain(302, b"", f"Location: {other.url()}")) as server:
        headers = {"Authorization": "Bearer secret", "Cookie": "a=b", "X-Mine": "1"}
        client.ask("GET", server.url(), headers=headers, limits=client.Limits(redirects=1))
        assert "Bearer secret" in server.asked[0]
        assert "secret" not in other.asked[0]
        assert "Cookie" not in other.asked[0]
        assert "X-Mine: 1" in other.asked[0]


def drip(pieces: bytes) -> Play:
    """Send a byte every tenth of a second until whoever asked has gone."""

    def play(spoken: socket.socket) -> None:
        spoken.sendall(pieces)
        while True:
            spoken.sendall(b"x")
            time.sleep(0.1)

    return play


@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_whoever_drips_is_left_at_the_deadline(begun: bytes) -> None:
    """Slow-loris: each byte comes in time, the answer never does."""
    with raw(drip(begun)) as server:
        assert code_of(server.url(), HURRIED) == "too_slow"


def test_whoever_says_nothing_is_left_at_the_deadline() -> None:
    def silent(spoken: socket.socket) -> None:
        spoken.recv(1)

    with raw(silent) as server:
        assert code_of(server.url(), HURRIED) == "too_slow"


def test_body_over_the_limit_is_refused_or_cut() -> None:
    announced = plain(200, b"a" * 1001)
    unannounced = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * 1001
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"3e9\r\n" + b"a" * 1001 + b"\r\n0\r\n\r\n"
    for answer in (announced, unannounced, chunked):
        with raw(answer) as server:
            assert code_of(server.url()) == "too_large"
            cut = client.ask("GET", server.url(), limits=client.Limits(max_bytes=1000, cuts=True))
            assert (cut.status, cut.body) == (200, b"a" * 1000)
    with raw(plain(200, b"a" * 1000)) as server:
        assert len(client.ask("GET", server.url(), limits=SMALL).body) == 1000


def test_body_without_end_is_refused() -> None:
    def endless(spoken: socket.socket) -> None:
        spoken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            spoken.sendall(b"a" * 65536)

    with raw(endless) as server:
        assert code_of(server.url(), client.Limits()) == "too_large"


def test_packed_bodies_are_unpacked_and_bombs_are_not() -> None:
    packer = zlib.compressobj(wbits=15)
    for coding, packed in [
        ("gzip", gzip.compress(b"b" * 1000)),
        ("deflate", packer.compress(b"b" * 1000) + packer.flush()),
    ]:
        with raw(plain(200, packed, f"Content-Encoding: {coding}")) as server:
            assert client.ask("GET", server.url(), limits=SMALL).body == b"b" * 1000
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with raw(plain(200, bomb, "Content-Encoding: gzip")) as server:
        assert code_of(server.url(), client.Limits()) == "too_large"
    for coding in ("br", "gzip, gzip", "zstd"):
        with raw(plain(200, bomb, f"Content-Encoding: {coding}")) as server:
            assert code_of(server.url()) == "bad_answer"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        plain(200, gzip.compress(b"b" * 500)[:-9], "Content-Encoding: gzip"),
        plain(200, b"no gzip", "Content-Encoding: gzip"),
        b"+PONG\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"1" * 70000 + b"\r\n\r\n",
    ],
)
def test_answer_that_is_cut_off_or_none_at_all_is_refused(answer: bytes) -> None:
    with raw(answer) as server:
        assert code_of(server.url()) == "bad_answer"


def test_nobody_there_is_no_connection() -> None:
    with raw(plain()) as server:
        url = server.url()
    assert code_of(url) == "no_connection"
    assert code_of("https://no-such-name.invalid/") == "no_connection"


def certificate(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for a name, signed by itself: as a file to be trusted, and as a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    trusted = folder / f"{name}.pem"
    trusted.write_bytes(made.public_bytes(Encoding.PEM))
    secret = folder / f"{name}.key"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return trusted, context


def test_names_that_nobody_resolves_in_time_are_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C library would go on asking for half a minute."""
    goes_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: goes_on.wait(60))
    assert code_of("https://slow.example.com/", HURRIED) == "too_slow"
    goes_on.set()


def test_tls_is_spoken_with_the_name_and_not_with_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to a checked address; SNI, certificate and Host header are the name's."""
    trusted, context = certificate("hooks.localhost", tmp_path)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with raw(plain(200, b"safe"), tls=context) as server:
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda _host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
        )
        assert client.ask("GET", f"https://hooks.localhost:{server.port}/").body == b"safe"
        assert f"Host: hooks.localhost:{server.port}" in server.asked[0]
        assert code_of(f"https://other.localhost:{server.port}/") == "tls"
    assert names == ["hooks.localhost", "other.localhost"]


def test_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    _, context = certificate("localhost", tmp_path)
    with raw(plain(), tls=context) as server:
        assert code_of(f"https://localhost:{server.port}/") == "tls"
        assert server.asked == []

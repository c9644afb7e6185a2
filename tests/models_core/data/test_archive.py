"""What strangers' zip files get."""

from __future__ import annotations

import dataclasses
import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from models_core.data import DataError, Limits, open_dataset

from .make import classes, leftovers, link, pack, picture

GOOD = classes(["cat", "dog"])


def refused(path: Path, cache: Path, **limits: int) -> str:
    """The message with which the file is refused; nothing may be left behind, inside the cache or beside it."""
    beside = sorted(path.parent.rglob("*"))
    with pytest.raises(DataError) as caught:
        open_dataset(path, cache=cache, kind="image_folder", limits=dataclasses.replace(Limits(), **limits))
    assert leftovers(cache) == []
    after = [entry for entry in path.parent.rglob("*") if cache not in entry.parents and entry != cache]
    assert sorted(after) == [entry for entry in beside if cache not in entry.parents and entry != cache]
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    return message


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.png", "leads outside"),
        ("cat/../../outside.png", "leads outside"),
        ("..\\outside.png", "leads outside"),
        ("/etc/passwd.png", "absolute path"),
        ("\\\\server\\share.png", "absolute path"),
        ("C:\\windows\\x.png", "absolute path"),
        ("C:/windows/x.png", "absolute path"),
        ("cat/new\nline.png", "control characters"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, cache: Path, name: str, reason: str) -> None:
    message = refused(pack(tmp_path / "a.zip", {**GOOD, name: picture()}), cache)
    assert reason in message
    assert not (tmp_path.parent / "outside.png").exists()


def test_a_harmless_path_with_dots_is_no_reason_to_refuse(tmp_path: Path, cache: Path) -> None:
    files = {**GOOD, "cat/a..b.png": picture(seed=7), "./dog/x.png": picture(seed=8)}
    assert len(open_dataset(pack(tmp_path / "a.zip", files), cache=cache).split("train")) == 9


def test_links_are_refused(tmp_path: Path, cache: Path) -> None:
    path = link(pack(tmp_path / "a.zip", GOOD), "cat/link.png", "/etc/passwd")
    assert "a link, 'cat/link.png'" in refused(path, cache)


def test_devices_are_refused(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    info = zipfile.ZipInfo("cat/pipe.png")
    info.external_attr = 0o010644 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, b"")
    assert "device or pipe" in refused(path, cache)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", {**GOOD, "cat/bomb.png": bytes(20_000_000)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    message = refused(path, cache)
    assert "zip bomb" in message
    assert "19.07 MiB" in message


def test_a_bomb_of_many_files_is_refused_by_its_total(tmp_path: Path, cache: Path) -> None:
    # Each below the size at which a ratio is asked for, as in bombs made to pass such checks.
    files = {f"cat/{at}.png": bytes(900_000) for at in range(30)}
    path = pack(tmp_path / "a.zip", {**GOOD, **files}, zipfile.ZIP_DEFLATED)
    assert "unpacks to 25.7" in refused(path, cache, unpacked_bytes=20_000_000)


def test_a_file_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", {**GOOD, "cat/liar.png": bytes(3_000_000)}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    real = struct.pack("<I", 3_000_000)
    assert data.count(real) == 2
    path.write_bytes(data.replace(real, struct.pack("<I", 1000)))
    assert "cat/liar.png cannot be unpacked" in refused(path, cache)


def test_too_many_files_are_refused(tmp_path: Path, cache: Path) -> None:
    files = {f"cat/{at}.png": b"" for at in range(60)}
    message = refused(pack(tmp_path / "a.zip", files), cache, files=60)
    assert "60 files" in message
    assert "up to 59" in message


def test_a_hundred_thousand_files_are_refused_by_default_and_soon(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"c{at % 2}/{at}.png"), b"")
    assert "100,000 files" in refused(path, cache)


def test_a_directory_too_large_to_read_is_refused_without_reading_it(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    data = path.read_bytes()
    at = data.rfind(b"PK\x05\x06")
    path.write_bytes(data[: at + 8] + struct.pack("<HH", 65_000, 65_000) + data[at + 12 :])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *given: pytest.fail("the directory was read"))
    assert "65,000 files" in refused(path, cache, files=1000)


def test_nested_archives_are_refused(tmp_path: Path, cache: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.png", picture())
    message = refused(pack(tmp_path / "a.zip", {**GOOD, "cat/more.zip": inner.getvalue()}), cache)
    assert "another archive, 'cat/more.zip'" in message


def test_encrypted_files_are_refused(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    data = bytearray(path.read_bytes())
    # The flag in the first entry of the directory.
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refused(path, cache)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("cat/0.png"), picture(seed=9))
    assert "'cat/0.png' twice" in refused(path, cache)


@pytest.mark.parametrize("data", [b"", b"PK", b"hello, no archive at all", os.urandom(5000)])
def test_what_is_no_zip_file_is_refused(tmp_path: Path, cache: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert "not a zip archive" in refused(tmp_path / "a.zip", cache)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_cut_off_zip_file_is_refused(tmp_path: Path, cache: Path, kept: float) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert "zip archive" in refused(path, cache)


def test_damage_inside_is_found_by_checksum(tmp_path: Path, cache: Path) -> None:
    path = pack(tmp_path / "a.zip", GOOD)
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)
    assert "1 of 10 pictures cannot be read (cat/0.png cannot be unpacked" in refused(path, cache)


def test_a_file_over_the_size_limit_is_refused(tmp_path: Path, cache: Path) -> None:
    message = refused(pack(tmp_path / "a.zip", GOOD), cache, archive_bytes=1000)
    assert "more than the limit of 1000 bytes" in message
    assert "BLOCKYARD_LIMIT_ARCHIVE_BYTES" in message


def test_limits_come_from_the_environment() -> None:
    assert Limits.from_env({"BLOCKYARD_LIMIT_FILES": "7"}).files == 7
    assert Limits.from_env({}) == Limits()
    for bad in ("many", "0", "-3"):
        with pytest.raises(DataError, match="BLOCKYARD_LIMIT_FILES"):
            Limits.from_env({"BLOCKYARD_LIMIT_FILES": bad})

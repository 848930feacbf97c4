#!/usr/bin/env python3
"""Fetches the wheels of wheels.txt and unpacks what is kept of them: fetch_wheels.py WHEELS_TXT DEPS.

Downloads through pip or, where Python has no pip, from the index that pip is configured to use.
Every wheel is checked against its SHA-256. DEPS/wheels.txt appears last, so whoever finds it
there, equal to WHEELS_TXT, finds everything else too; a run cut short is simply repeated.
Exit status: 0 done, 69 could not fetch, 3 neither pip nor a configured index.
"""

import base64
import configparser
import fnmatch
import hashlib
import html.parser
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass, field

NO_SOURCE = 3
UNAVAILABLE = 69


class FetchError(Exception):
    """A wheel that no source has in the pinned form."""


class NoSource(FetchError):
    """Neither pip nor an index to ask."""


@dataclass
class Wheel:
    name: str
    version: str
    file: str
    sha256: str
    keep: list = field(default_factory=list)
    links: list = field(default_factory=list)


def read_wheels(path):
    wheels = []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "wheel":
            wheels.append(Wheel(*words[1:]))
        elif words[0] == "keep":
            wheels[-1].keep.append(words[1])
        elif words[0] == "link":
            wheels[-1].links.append((words[1], words[2]))
        else:
            raise FetchError(f"{path}: unknown line '{line}'")
    return wheels


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def is_good(path, wheel):
    return path.is_file() and sha256_of(path) == wheel.sha256


# Sources: pip


def has_pip():
    return subprocess.run([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def download_with_pip(wheel, folder):
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                           "--require-hashes", "--dest", str(folder), "--requirement", str(requirements)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    if done.returncode:
        raise FetchError("pip: " + done.stdout.strip())


# Sources: the index that pip is configured to use, read without pip


@dataclass
class Index:
    urls: list
    folders: list
    context: ssl.SSLContext


def pip_settings():
    """Option name to value as pip sees it: configuration files in pip's order, then the environment."""
    config_home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    files = [os.path.join(d, "pip", "pip.conf") for d in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    files += ["/etc/pip.conf", os.path.expanduser("~/.pip/pip.conf")]
    files += [os.path.join(config_home, "pip", "pip.conf"), os.path.join(sys.prefix, "pip.conf")]
    if "PIP_CONFIG_FILE" in os.environ:
        files = [] if os.environ["PIP_CONFIG_FILE"] == os.devnull else files + [os.environ["PIP_CONFIG_FILE"]]
    settings = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "download"):
            if parser.has_section(section):
                settings.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    for key, value in os.environ.items():
        if key.startswith("PIP_") and value:
            settings[key[4:].lower().replace("_", "-")] = value
    return settings


def configured_index():
    settings = pip_settings()
    urls = []
    if settings.get("no-index", "").lower() not in ("1", "true", "yes", "on"):
        urls = (settings.get("index-url", "") + " " + settings.get("extra-index-url", "")).split()
    context = ssl.create_default_context(cafile=settings.get("cert"))
    return Index(urls, settings.get("find-links", "").split(), context)


class Links(html.parser.HTMLParser):
    """The addresses of a page of the simple repository form."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found += [value for key, value in attrs if key == "href" and value]


def open_url(url, context):
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    if parts.username is not None:
        user = urllib.parse.unquote(f"{parts.username}:{parts.password or ''}")
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        request = urllib.request.Request(urllib.parse.urlunsplit(plain), headers={
            "Accept": "text/html", "Authorization": "Basic " + base64.b64encode(user.encode()).decode()})
    return urllib.request.urlopen(request, timeout=180, context=context)


def find_url(wheel, page, context):
    """Address of the wheel's file on a page, keeping the page's user and password for the same host."""
    with open_url(page, context) as answer:
        links = Links()
        links.feed(answer.read().decode("utf-8", "replace"))
    for link in links.found:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(page, link))
        if urllib.parse.unquote(parts.path).rpartition("/")[2] == wheel.file:
            base = urllib.parse.urlsplit(page)
            if base.username is not None and parts.netloc == base.netloc.rpartition("@")[2]:
                parts = parts._replace(netloc=base.netloc)
            return urllib.parse.urlunsplit(parts._replace(fragment=""))
    raise FetchError(f"{wheel.file} is not on {without_user(page)}")


def without_user(url):
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def download_from_index(wheel, folder, index):
    for place in index.folders:
        path = pathlib.Path(place.removeprefix("file://")) / wheel.file
        if "://" not in place.removeprefix("file://") and is_good(path, wheel):
            shutil.copyfile(path, folder / wheel.file)
            return
    if not index.urls:
        raise NoSource("neither pip nor an index configured for pip was found")
    problems = []
    for url in index.urls:
        page = f"{url.rstrip('/')}/{wheel.name}/"
        for pause in (1, 3, 0):
            try:
                with open_url(find_url(wheel, page, index.context), index.context) as answer, \
                        open(folder / wheel.file, "wb") as out:
                    shutil.copyfileobj(answer, out, 1 << 20)
                return
            except FetchError as e:
                problems.append(str(e))
                break
            except OSError as e:
                problems.append(f"{without_user(page)}: {e}")
                time.sleep(pause)
    raise FetchError("\n".join(problems))


def download(wheel, folder):
    """Puts the wheel's file into the folder, checked."""
    path = folder / wheel.file
    if is_good(path, wheel):
        return
    by_pip = None
    if has_pip():
        try:
            download_with_pip(wheel, folder)
        except FetchError as e:
            by_pip = e
    if not path.is_file():
        try:
            download_from_index(wheel, folder, configured_index())
        except NoSource:
            if by_pip:
                raise by_pip from None
            raise
        except FetchError as e:
            raise FetchError(f"{by_pip}\n{e}" if by_pip else str(e)) from None
    if not is_good(path, wheel):
        found = sha256_of(path)
        path.unlink()
        raise FetchError(f"{wheel.file}: SHA-256 {found}, expected {wheel.sha256}")


# Unpacking


def write_member(archive, member, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(path, "wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    # The time of the wheel, so that unpacking the same files again rebuilds nothing.
    stamp = time.mktime(member.date_time + (0, 0, -1))
    os.utime(path, (stamp, stamp))


def unpack(wheel, path, into):
    base = wheel.file.split("-py", 1)[0]
    unused = set(wheel.keep)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.filename == f"{base}.dist-info/LICENSE.txt":
                write_member(archive, member, into / "licenses" / f"{wheel.name}.txt")
            if not member.filename.startswith(f"{base}.data/data/"):
                continue
            name = member.filename.split("/data/", 1)[1]
            patterns = [p for p in wheel.keep if fnmatch.fnmatchcase(name, p)]
            if patterns:
                unused -= set(patterns)
                write_member(archive, member, into / name)
    if unused:
        raise FetchError(f"{wheel.file} has no {', '.join(sorted(unused))}")
    for link, target in wheel.links:
        (into / link).symlink_to(target)


def put_in_place(new, deps):
    old = deps / "old"
    (deps / "wheels.txt").unlink(missing_ok=True)
    for part in sorted(new.iterdir()):
        if part.name == "wheels.txt":
            continue
        if (deps / part.name).exists():
            old.mkdir(exist_ok=True)
            (deps / part.name).rename(old / part.name)
        part.rename(deps / part.name)
    (new / "wheels.txt").rename(deps / "wheels.txt")


def main(wheels_txt, deps):
    deps.mkdir(parents=True, exist_ok=True)
    new, downloads = deps / "new", deps / "download"
    for leftover in (new, deps / "old"):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir()
    downloads.mkdir(exist_ok=True)
    for wheel in read_wheels(wheels_txt):
        print(f"fetching {wheel.file}", flush=True)
        download(wheel, downloads)
        unpack(wheel, downloads / wheel.file, new)
    shutil.copyfile(wheels_txt, new / "wheels.txt")
    put_in_place(new, deps)
    for leftover in (new, deps / "old", downloads):
        shutil.rmtree(leftover, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    except NoSource as e:
        print(e)
        sys.exit(NO_SOURCE)
    except (FetchError, OSError, zipfile.BadZipFile) as e:
        print(e)
        sys.exit(UNAVAILABLE)

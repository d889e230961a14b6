#!/usr/bin/env python3
"""How long the service takes for a large festival, on the database of a URL:

    benches/service.py PROBLEM.json [--binary target/release/khademyar] [--database-url postgres://…] [--seconds 30]

Starts the server on an empty database, puts the festival in, has it solved, publishes it, and asks for what people ask
for. Prints one line for each step; needs nothing but Python. The database must be empty; left out, SQLite in a folder
that goes afterwards.
"""

import argparse
import contextlib
import http.cookiejar
import gzip
import json
import os
import queue
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "for a day of measuring"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem")
    parser.add_argument("--binary", default="target/release/khademyar")
    parser.add_argument("--database-url")
    parser.add_argument("--seconds", type=int, default=30)
    return parser.parse_args()


def read(path):
    """The bytes of a file, which may be packed."""
    raw = open(path, "rb").read()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def unpacked(answer):
    """The bytes of an answer's body."""
    content = answer.read()
    return gzip.decompress(content) if answer.headers.get("content-encoding") == "gzip" else content


class Client:
    def __init__(self, address):
        self.address = address
        self.token = None

    def ask(self, method, path, body=None, headers=None):
        """The answer's JSON and headers, and the seconds it took to its last byte."""
        headers = {"content-type": "application/json", "accept-encoding": "gzip", **(headers or {})}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data=body, method=method, headers=headers)
        started = time.monotonic()
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            refused.add_note(unpacked(refused).decode())
            raise
        with answer:
            content = unpacked(answer)
            taken = time.monotonic() - started
            known = json.loads(content) if "json" in answer.headers.get("content-type", "") else content
            return known, answer.headers, taken


def tell(what, seconds, more=""):
    print(f"{what:<44} {seconds:8.2f} s  {more}", flush=True)


def main():
    given = arguments()
    problem = read(given.problem)
    with serving(given.binary, given.database_url) as (address, _):
        measure(Client(address), problem, given.seconds)


@contextlib.contextmanager
def serving(binary, database_url, **settings):
    """A server on an empty database: its address, and a folder that goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        database = database_url or f"sqlite://{folder}/khademyar.sqlite"
        known = {"DATABASE_URL": database, "DATA": folder, "LOG": "error", **settings}
        known = {**os.environ, **{f"KHADEMYAR_{name}": value for name, value in known.items()}}
        binary = os.path.abspath(binary)
        subprocess.run(
            [binary, "user", "create", "maryam", "--name", "maryam", "--operator", "--password-stdin"],
            input=PASSWORD.encode(), env=known, check=True, stdout=subprocess.DEVNULL,
        )
        server = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0"], env=known, stdout=subprocess.PIPE, text=True
        )
        try:
            yield server.stdout.readline().split(" at ")[1].split(",")[0], folder
        finally:
            server.terminate()
            server.wait()


def solve(client, festival, body):
    """The path of a plan that is over, how it stands, and the seconds from the asking."""
    started = time.monotonic()
    plan = festival + "/plans/" + client.ask("POST", festival + "/plans", body)[0]["id"]
    while True:
        state = client.ask("GET", plan)[0]
        if state["state"] not in ("queued", "running"):
            return plan, state, time.monotonic() - started
        time.sleep(0.05)


def follow(client, path):
    """The festival's events, each with the moment at which it arrived, from when the stream began."""
    headers = {"authorization": f"Bearer {client.token}"}
    stream = urllib.request.urlopen(urllib.request.Request(client.address + path, headers=headers))
    arrived = queue.Queue()

    def read():
        for line in stream:
            if line.startswith(b"data:"):
                arrived.put((time.monotonic(), json.loads(line[5:])))

    threading.Thread(target=read, daemon=True).start()
    arrived.get(timeout=60)
    return arrived


def join(client, festival, volunteer, name):
    """Makes somebody who is on the roster sign in."""
    part = {"username": name, "name": name, "role": "volunteer", "volunteer_id": volunteer, "password": PASSWORD}
    client.ask("POST", festival + "/members", part)
    joined = Client(client.address)
    joined.token = client.ask("POST", "/v1/auth/token", {"username": name, "password": PASSWORD})[0]["access_token"]
    return joined


def seats(client, festival):
    """Every assignment of the roster that holds a seat, by volunteer."""
    held, path = {}, festival + "/assignments?limit=500"
    cursor = ""
    while cursor is not None:
        page = client.ask("GET", path + cursor)[0]
        for row in page["items"]:
            if row["state"] in ("offered", "accepted"):
                held.setdefault(row["seat"]["volunteer_id"], []).append(row["id"])
        cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
    return held


def drop_out(client, festival, but):
    """Every twentieth of those who serve, but one, cannot come; how many people, and how many seats they held."""
    held = seats(client, festival)
    leaving = [volunteer for volunteer in sorted(held) if volunteer != but][::20]
    for number, volunteer in enumerate(leaving):
        one = join(client, festival, volunteer, f"leaving{number}")
        for assignment in held[volunteer]:
            one.ask("POST", f"/v1/me/assignments/{assignment}/withdraw", {"reason": "ill"})
    return len(leaving), sum(len(held[volunteer]) for volunteer in leaving)


def withdraw(client, volunteer, festival):
    """Seconds from a withdrawal to its ranked candidates in a coordinator's stream: of the first, and of one after it."""
    arrived = follow(client, festival + "/events")
    services = [service for night in volunteer.ask("GET", "/v1/me/schedule")[0]["nights"] for service in night["services"]]
    taken = []
    for service in services[:2]:
        assignment = f"/v1/me/assignments/{service['assignment_id']}"
        volunteer.ask("POST", assignment + "/accept")
        started = time.monotonic()
        volunteer.ask("POST", assignment + "/withdraw", {"reason": "ill"})
        while True:
            at, event = arrived.get(timeout=60)
            if event["kind"] == "assignment_withdrawn":
                taken.append((at - started, len(event["candidates"])))
                break
    return taken


def look(address, username, paths):
    """Tells how long pages take in a browser of somebody, or of nobody who is known: the middle one of five looks counts."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    browser.addheaders = [("sec-fetch-site", "same-origin"), ("accept-encoding", "gzip")]
    if username:
        form = urllib.parse.urlencode({"username": username, "password": PASSWORD}).encode()
        browser.open(address + "/sign-in/password", form).read()
    for path in paths:
        taken = []
        for _ in range(5):
            started = time.monotonic()
            with browser.open(address + path) as page:
                size = len(page.read())
                assert page.url == address + path, f"{path} led to {page.url}"
            taken.append(time.monotonic() - started)
        told = re.sub(r"(/wall/…/|token=).*", r"\1…", re.sub(r"[0-9a-f-]{36}", "…", path))
        tell("page " + told, statistics.median(taken), f"{size / 1024:.1f} KB packed")


def measure(client, problem, seconds):
    credentials = {"username": "maryam", "password": PASSWORD}
    client.token = client.ask("POST", "/v1/auth/token", credentials)[0]["access_token"]
    founding = {"name": {"fa": "سنجش"}, "first_night": "2027-04-08"}
    festival = "/v1/festivals/" + client.ask("POST", "/v1/festivals", founding)[0]["id"]

    summary, _, taken = client.ask("PUT", festival + "/problem", problem)
    tell("PUT problem", taken, f"{summary['volunteers']} volunteers, {summary['positions']} positions")
    summary, _, taken = client.ask("PUT", festival + "/problem", problem)
    tell("PUT the same problem again", taken)
    _, _, taken = client.ask("GET", festival + "/problem")
    tell("GET problem", taken)

    plan, state, solved = solve(client, festival, {"seconds": seconds})
    tell("solve, beside the solver's own seconds", solved - seconds, f"{state['state']} {state['score']} {state['bound']}")
    published, _, taken = client.ask("POST", plan + "/publish")
    tell("publish", taken, f"{published['publication']['offered']} assignments")

    _, _, taken = client.ask("GET", festival + "/coverage")
    tell("GET coverage", taken)
    page, _, taken = client.ask("GET", festival + "/unfilled")
    tell("GET unfilled", taken, f"{len(page['items'])} positions")
    page, _, taken = client.ask("GET", festival + "/unfilled?limit=500")
    tell("GET unfilled, the longest page", taken, f"{len(page['items'])} positions")
    page, _, taken = client.ask("GET", festival + "/assignments?limit=500")
    tell("GET assignments, the longest page", taken)
    report, _, taken = client.ask("GET", festival + "/reports/thank-you")
    effort = report["festival"]["effort"]
    tell("GET thank-you report", taken, f"{effort['assignments']} services of {effort['volunteers']} volunteers")
    _, _, taken = client.ask("GET", festival + "/reports/thank-you?format=xlsx")
    tell("GET thank-you report as XLSX", taken)

    volunteer = page["items"][0]["seat"]["volunteer_id"]
    zahra = join(client, festival, volunteer, "zahra")
    _, headers, taken = zahra.ask("GET", "/v1/me/schedule")
    tell("GET schedule", taken)
    try:
        zahra.ask("GET", "/v1/me/schedule", headers={"if-none-match": headers["etag"]})
    except urllib.error.HTTPError as unchanged:
        assert unchanged.code == 304, unchanged
        started = time.monotonic()
        try:
            zahra.ask("GET", "/v1/me/schedule", headers={"if-none-match": headers["etag"]})
        except urllib.error.HTTPError:
            tell("GET schedule, unchanged", time.monotonic() - started)

    own = "/me/assignments/" + next(row["id"] for row in page["items"] if row["seat"]["volunteer_id"] == volunteer)
    mine = ["/me", "/me/pass", "/me/shifts", "/me/covers", "/me/hours", "/me/profile", "/me/messages", own + "/leave", own + "/cover"]
    look(client.address, "zahra", mine)
    grants = [{"data": data, "access": "read"} for data in ("set_up", "figures")]
    wall = client.ask("POST", festival + "/api-tokens", {"name": "wall", "grants": grants, "days": 1})[0]["token"]
    wall = f"/wall/{festival.rsplit('/', 1)[1]}/{wall}"
    strange = ["/sign-in", "/sign-in/password", "/docs", "/docs/get_my_pass", "/offline", wall]
    district = client.ask("GET", festival + "/districts?limit=1")[0]["items"][0]["id"]
    # Where there are no fonts there is no letter to verify.
    with contextlib.suppress(urllib.error.HTTPError):
        letter, _, taken = client.ask("GET", f"{festival}/letters/district/{district}")
        tell("GET the letter to a district", taken)
        strange.append(re.search(rb"/verify\?token=[\w.-]+", letter)[0].decode())
    look(client.address, None, strange)
    admin = "/admin/" + festival.rsplit("/", 1)[1]
    lists = "festival districts specialties venues shifts positions volunteers import plans members walls centres partners"
    more = "contributions ways report weekly-report letters letters/wordings/certificate/fa batches audit"
    made = "/plans/" + plan.rsplit("/", 1)[1]
    rows = ["/positions/" + client.ask("GET", festival + "/venues?limit=1")[0]["items"][0]["id"]]
    for name in ["districts", "venues", "volunteers"]:
        rows.append(f"/{name}/" + client.ask("GET", f"{festival}/{name}?limit=1")[0]["items"][0]["id"])
    made = [made, made + "/recruitment", made + "/publish", made + "/comparison"]
    set_up = ["", *("/" + name for name in f"{lists} {more}".split()), *rows, *made]
    shift = max(client.ask("GET", festival + "/rolls?night=0")[0]["items"], key=lambda one: one["count"]["expected"])
    roll = f"/desk/roll?festival={festival.rsplit('/', 1)[1]}&shift={shift['shift_id']}"
    desk = ["/desk", "/desk/coverage", "/desk/requests", "/desk/rolls", roll, roll.replace("?", "/walk-in?")]
    if empty := client.ask("GET", festival + "/unfilled?night=0&limit=1")[0]["items"]:
        of = "&".join(f"{name}={empty[0][name + '_id']}" for name in ("venue", "specialty"))
        desk.append(f"/desk/seats?festival={festival.rsplit('/', 1)[1]}&night=0&{of}")
    look(client.address, "maryam", [*desk, "/admin", *(admin + path for path in set_up)])

    for taken, candidates in withdraw(client, zahra, festival):
        tell("withdrawal, to the coordinator's candidates", taken, f"{candidates} candidates")
    repair, state, taken = solve(client, festival, {"kind": "repair", "seconds": 5})
    tell("repair, with 5 seconds for the solver", taken, f"{state['state']} {state['changes']}")
    _, _, taken = client.ask("POST", repair + "/publish")
    tell("publish the repair", taken)

    people, dropped = drop_out(client, festival, volunteer)
    print(f"{people} people left {dropped} seats:")
    look(client.address, "maryam", ["/desk", "/desk/requests"])
    repair, state, taken = solve(client, festival, {"kind": "repair", "seconds": 8})
    tell("repair of many, with 8 seconds for the solver", taken, f"{state['state']} {state['score']} {state['changes']}")
    _, _, taken = client.ask("POST", repair + "/publish")
    tell("publish that repair", taken)


if __name__ == "__main__":
    main()

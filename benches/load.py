#!/usr/bin/env python3
"""How many requests the service answers, beside a handler that does nothing, on the database of a URL:

    benches/load.py PROBLEM.json [--database-url postgres://…] [--seconds 10] [--connections 64] [--people 100]

Puts the festival in, has it solved and published, signs some of its volunteers in, and lets `wrk` ask for their nights: anew,
unchanged (304), and mixed with a tenth of writes. In turn with each it asks `examples/bare`, an axum handler that returns
a constant of the same size, in the same way: what counts is the ratio. Needs wrk, and what
`cargo build --release --workspace --bin khademyar --example bare` makes. The database must be empty; left out, SQLite in a
folder that goes afterwards.
"""

import argparse
import os
import re
import socket
import subprocess
import time

from service import PASSWORD, Client, join, read, serving, solve

# Each request is somebody else's; every tenth writes, where it is asked for.
SCRIPT = """
local tokens, tags, n = {}, {}, 0
for line in io.lines(os.getenv("LOAD_TOKENS")) do
  local token, tag = line:match("^(%S+) (.*)$")
  tokens[#tokens + 1], tags[#tags + 1] = token, tag
end
local path, what = os.getenv("LOAD_PATH"), os.getenv("LOAD_WHAT")
local plain, unchanged = {}, {}
for k = 1, #tokens do
  plain[k] = wrk.format("GET", path, {["authorization"] = "Bearer " .. tokens[k]})
  unchanged[k] = wrk.format("GET", path, {["authorization"] = "Bearer " .. tokens[k], ["if-none-match"] = tags[k]})
end
function request()
  n = n + 1
  local k = n % #tokens + 1
  if what == "mixed" and n % 10 == 0 then
    local method = math.floor(n / 10 / #tokens) % 2 == 0 and "PUT" or "DELETE"
    return wrk.format(method, "/v1/me/standbys/0", {["authorization"] = "Bearer " .. tokens[k]})
  end
  return what == "unchanged" and unchanged[k] or plain[k]
end
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem")
    parser.add_argument("--folder", default="target/release", help="where the binaries are")
    parser.add_argument("--database-url")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--people", type=int, default=100)
    return parser.parse_args()


def wrk(given, folder, address, path, what):
    """Requests a second and the 99th hundredth of their times in milliseconds; all must be answered well."""
    known = {**os.environ, "LOAD_TOKENS": f"{folder}/tokens", "LOAD_PATH": path, "LOAD_WHAT": what}
    command = ["wrk", "-t1", f"-c{given.connections}", f"-d{given.seconds}s", "--latency", "-s", f"{folder}/load.lua", address]
    said = subprocess.run(command, env=known, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said and "Socket errors" not in said, said
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    millis = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)), millis


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    given = arguments()
    problem = read(given.problem)
    # As many requests as come: what limits them is not what is measured.
    settings = {"LOG": "warn", "ACCOUNT_REQUESTS": "0", "ADDRESS_REQUESTS": "0"}
    with serving(f"{given.folder}/khademyar", given.database_url, **settings) as (address, folder):
        size = prepare(Client(address), problem, given.people, folder)
        port = free_port()
        bare = subprocess.Popen([f"{given.folder}/examples/bare", str(port), str(size)])
        try:
            time.sleep(1)
            measure(given, folder, address, f"http://127.0.0.1:{port}", size)
        finally:
            bare.terminate()
            bare.wait()


def prepare(client, problem, people, folder):
    """Publishes the festival and signs people in; how many bytes their nights come to on average."""
    client.token = client.ask("POST", "/v1/auth/token", {"username": "maryam", "password": PASSWORD})[0]["access_token"]
    founding = {"name": {"fa": "سنجش"}, "first_night": "2027-04-08"}
    festival = "/v1/festivals/" + client.ask("POST", "/v1/festivals", founding)[0]["id"]
    client.ask("PUT", festival + "/problem", problem)
    plan = solve(client, festival, {"seconds": 10})[0]
    client.ask("POST", plan + "/publish")
    rows = client.ask("GET", festival + "/assignments?limit=500")[0]["items"]
    volunteers = list(dict.fromkeys(row["seat"]["volunteer_id"] for row in rows))[:people]
    # First all of them, for each changes the festival.
    joined = [join(client, festival, volunteer, f"volunteer{number}") for number, volunteer in enumerate(volunteers)]
    sizes = []
    with open(f"{folder}/tokens", "w") as tokens:
        for one in joined:
            _, headers, _ = one.ask("GET", "/v1/me/schedule", headers={"accept-encoding": "identity"})
            sizes.append(int(headers["content-length"]))
            tokens.write(f"{one.token} {headers['etag']}\n")
    with open(f"{folder}/load.lua", "w") as script:
        script.write(SCRIPT)
    return sum(sizes) // len(sizes)


def measure(given, folder, address, bare, size):
    print(f"{given.people} people, {given.connections} connections, {size} bytes a schedule, {given.seconds} s each")
    print(f"{'':<28} {'requests/s':>12} {'bare/s':>12} {'ratio':>8} {'p99, ms':>10}")
    names = {"plain": "schedule", "unchanged": "schedule, 304", "mixed": "nine reads and a write"}
    for what, name in names.items():
        before, _ = wrk(given, folder, bare, "/", "plain")
        rate, late = wrk(given, folder, address, "/v1/me/schedule", what)
        after, _ = wrk(given, folder, bare, "/", "plain")
        beside = (before + after) / 2
        print(f"{name:<28} {rate:>12.0f} {beside:>12.0f} {rate / beside:>8.2f} {late:>10.1f}", flush=True)


if __name__ == "__main__":
    main()

"""Gives a festival people in every role and a roster, and writes down whom and what there is, for `rows.py` and `run`.

Usage: parts.py ADDRESS FESTIVAL_ID ORGANIZER PASSWORD FILE
"""

import json
import sys
import time
import urllib.request

address, festival_id, organizer, password, file = sys.argv[1:]
festival = f"/v1/festivals/{festival_id}"
LISTS = ["districts", "centres", "specialties", "venues", "shifts", "positions", "volunteers", "pairs", "pins"]


def ask(method, path, body=None, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers, method=method)) as answer:
        return json.loads(answer.read() or "null")


def sign_in(username, password):
    return ask("POST", "/v1/auth/token", {"username": username, "password": password})["access_token"]


token = sign_in(organizer, password)
ids = {name: [row["id"] for row in ask("GET", f"{festival}/{name}?limit=4", token=token)["items"]] for name in LISTS}
centre = {"code": "of-parts", "name": {"fa": "کانون"}, "district_id": ids["districts"][0]}
ids["centres"].append(ask("POST", f"{festival}/centres", centre, token)["id"])

plan = f"{festival}/plans/" + ask("POST", f"{festival}/plans", {"seconds": 1, "seed": 1}, token)["id"]
while ask("GET", plan, token=token)["state"] in ("queued", "running"):
    time.sleep(0.2)
ask("POST", f"{plan}/publish", token=token)
seats = ask("GET", f"{festival}/assignments?limit=4", token=token)["items"]
ids["assignments"] = [seat["id"] for seat in seats]
ids["plans"] = [plan.rsplit("/")[-1]]

tokens = {"organizer": token}
parts = {
    "coordinator": {"district_ids": ids["districts"][:1]},
    "secretary": {"centre_id": ids["centres"][-1]},
    "venue_lead": {"venue_id": ids["venues"][0]},
    "volunteer": {"volunteer_id": seats[0]["seat"]["volunteer_id"]},
    "partner": {"district_ids": ids["districts"][:1]},
}
for role, part in parts.items():
    member = {"username": f"the.{role}", "name": role, "role": role, "password": password} | part
    ask("POST", f"{festival}/members", member, token)
    tokens[role] = sign_in(member["username"], password)
data = ["set_up", "people", "plans", "roster", "partners", "reports", "audit"]
grants = [{"data": name, "access": access} for name in data for access in ("read", "write")]
made = ask("POST", f"{festival}/api-tokens", {"name": "another system", "grants": grants, "days": 1}, token)
tokens["another_system"] = made["token"]
tokens["operator"] = sign_in("hassan", password)

with open(file, "w") as told:
    json.dump({"festival": festival_id, "ids": ids, "tokens": tokens}, told)

"""Lets generated requests refer to rows that are there, which an id made up at random never does.

The ids of what was created are kept; a request that keeps to the contract then names them where it would name some other
UUID, all in one festival, so that it fills. Requests that break the contract on purpose are left as they are.
"""

import json
import os
import re
from collections import defaultdict

import schemathesis

LISTS = {
    "district_id": "districts", "home_district_id": "districts", "district_ids": "districts", "districts": "districts",
    "centre_id": "centres", "specialty_id": "specialties", "venue_id": "venues", "preferred_venue_ids": "venues",
    "shift_id": "shifts", "position_id": "positions", "partner_id": "partners", "volunteer_id": "volunteers",
    "first_id": "volunteers", "second_id": "volunteers",
}
FESTIVAL = re.compile(r"/v1/festivals/([0-9a-f-]{36})$")
CREATED = re.compile(r"/v1/festivals/([0-9a-f-]{36})/([a-z]+)(/bulk)?$")

festivals = []  # in the order of their founding
rows = defaultdict(list)  # (festival, list) -> ids, the newest last
turns = defaultdict(int)

if there := os.environ.get("PARTS"):  # what `parts.py` wrote
    with open(there) as told:
        known = json.load(told)
    festivals.append(known["festival"])
    rows.update({(known["festival"], name): ids for name, ids in known["ids"].items()})


def next_row(festival, name):
    """The newest rows of a list in turn, so that two that are asked for differ where there are two."""
    there = rows[festival, name][-4:]
    turns[festival, name] += 1
    return there[turns[festival, name] % len(there)] if there else None


def refer(festival, value, name=None):
    if isinstance(value, dict):
        return {key: refer(festival, part, LISTS.get(key)) for key, part in value.items()}
    if isinstance(value, list):
        return [refer(festival, part, name) for part in value]
    if isinstance(value, str) and name:
        return next_row(festival, name) or value
    return value


def fresh(festival, item):
    """A code that was sent before is taken, most likely: it gets a number."""
    code = item.get("code") if isinstance(item, dict) else None
    if isinstance(code, str) and len(code) < 90:
        turns[festival, code] += 1
        if turns[festival, code] > 1:
            item["code"] = f"{code}-{turns[festival, code]}"


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    if case.meta is None or case.meta.generation.mode.is_negative or not festivals:
        return
    if not path.startswith("/v1/festivals/{festival_id}/"):
        return
    festival = case.path_parameters["festival_id"] = festivals[0]
    if isinstance(case.body, (dict, list)):
        case.body = refer(festival, case.body)
        for item in case.body.get("items", [case.body]) if isinstance(case.body, dict) else []:
            fresh(festival, item)
    one = re.search(r"/([a-z]+)/\{(?:id|[a-z]+_id)\}", path)
    row = one and next_row(festival, one[1])
    if row:
        case.path_parameters[path.rsplit("{", 1)[1].rstrip("}")] = row


@schemathesis.hook
def after_call(context, case, response):
    path, method = response.request.path_url.split("?")[0], response.request.method
    if method == "DELETE" and response.status_code == 204:
        *_, name, row = path.split("/")
        if FESTIVAL.search(path) and row in festivals:
            festivals.remove(row)
        for ids in (ids for (_, of), ids in rows.items() if of == name and row in ids):
            ids.remove(row)
    if method != "POST" or response.status_code != 201:
        return
    if path == "/v1/festivals":
        festivals.append(response.json()["id"])
    elif created := CREATED.search(path):
        answer = response.json()
        # Whoever is given a seat is told what it costs beside.
        rows[created[1], created[2]] += answer.get("ids") or [answer.get("assignment", answer)["id"]]

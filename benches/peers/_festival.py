"""A festival as the peers read it: ids to rows, who is eligible where, and what a plan costs.

Kept apart from the engine on purpose: nothing here is shared with what it is measured against. Standard library alone.
"""

import gzip
import json
import sys
import time
from datetime import date, datetime

STARTED = time.monotonic()


def minutes(text):
    return int(datetime.fromisoformat(text).timestamp()) // 60


class Festival:
    def __init__(self, path):
        opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")
        with opened as handle:
            raw = json.load(handle)
        self.weights, self.rest = raw["weights"], raw["rules"]["min_rest_minutes"]
        districts = {d["id"]: i for i, d in enumerate(raw["districts"])}
        self.way = raw["travel_minutes"]
        dates = [date.fromisoformat(night).toordinal() for night in raw["nights"]]
        # By night: whether it is the day after the night before it.
        self.follows = [k > 0 and dates[k] == dates[k - 1] + 1 for k in range(len(dates))]
        self.shifts = {}
        for shift in raw["shifts"]:
            self.shifts[shift["id"]] = {
                **shift, "start": minutes(shift["start"]), "end": minutes(shift["end"]),
                "district": districts[shift["district"]],
            }
        self.positions = {}
        for position in raw["positions"]:
            shift = self.shifts[position["shift"]]
            priority = raw["districts"][shift["district"]]["priority"]
            self.positions[position["id"]] = {
                **position, "at": shift, "essential": priority * position["weight"],
                "welcome": priority * self.weights["desired"],
            }
        self.volunteers = {}
        for who in raw["volunteers"]:
            windows = who.get("available")
            if windows is not None:
                windows = [(minutes(w["from"]), minutes(w["to"])) for w in windows]
            self.volunteers[who["id"]] = {**who, "home": districts[who["home"]], "windows": windows}
        self.companions, self.apart = raw["companions"], raw["apart"]
        self.locked = [(a["volunteer"], a["position"]) for a in raw["locked"]]
        self.published = [(a["volunteer"], a["position"]) for a in raw["published"]]

    def options(self):
        """For each volunteer the positions that skill, gender, availability and reach allow."""
        by_field = {}
        for position in self.positions.values():
            by_field.setdefault(position["specialty"], []).append(position)
        for who in self.volunteers.values():
            allowed = []
            for field, level in who["skills"].items():
                for position in by_field.get(field, []):
                    if level >= position["min_level"] and self.may(who, position):
                        allowed.append(position)
            yield who, allowed

    def may(self, who, position):
        shift = position["at"]
        if position["gender"] not in ("any", who["gender"]):
            return False
        furthest = who.get("max_travel_minutes")
        if furthest is not None and self.way[who["home"]][shift["district"]] > furthest:
            return False
        windows = who["windows"]
        return windows is None or any(a <= shift["start"] and shift["end"] <= b for a, b in windows)

    def clash(self, a, b):
        """Whether nobody can serve in both shifts."""
        if (b["start"], b["end"]) < (a["start"], a["end"]):
            a, b = b, a
        need = self.way[a["district"]][b["district"]]
        if a["night"] != b["night"]:
            need = max(need, self.rest)
        elif a["venue"] == b["venue"]:
            need = 0
        return a["id"] == b["id"] or b["start"] - a["end"] < need

    def seat_cost(self, who, shift):
        away = who["preferred_venues"] and shift["venue"] not in who["preferred_venues"]
        return self.weights["travel"] * self.way[who["home"]][shift["district"]] + (self.weights["venue"] if away else 0)

    def score(self, pairs):
        """Essential and cost of a plan, counted term by term."""
        w, held, filled = self.weights, {}, {}
        for volunteer, position in pairs:
            held.setdefault(volunteer, []).append(self.positions[position]["at"])
            filled[position] = filled.get(position, 0) + 1
        essential = cost = 0
        for name, position in self.positions.items():
            n = filled.get(name, 0)
            essential += position["essential"] * max(0, position["minimum"] - n)
            cost += position["welcome"] * (position["desired"] - max(n, position["minimum"]))
        for name, who in self.volunteers.items():
            mine = held.get(name, [])
            nights, n = {shift["night"] for shift in mine}, len(mine)
            cost += sum(self.seat_cost(who, shift) for shift in mine)
            cost += w["wish"] * sum(x["weight"] for x in who["wishes"] if (x["want"] == "serve") != (x["night"] in nights))
            cost += w["idle"] * max(0, who["min_shifts"] - n) + w["fairness"] * n * n
            cost += w["continuity"] * max(0, len({shift["venue"] for shift in mine}) - 1)
        for one, other in self.companions:
            places = [{}, {}]
            for side, name in enumerate((one, other)):
                for shift in held.get(name, []):
                    places[side].setdefault(shift["night"], set()).add(shift["venue"])
            for night in places[0].keys() | places[1].keys():
                if not places[0].get(night, set()) & places[1].get(night, set()):
                    cost += w["companion"]
        plan = set(pairs)
        cost += w["stability"] * sum(pair not in plan for pair in self.published)
        return essential, cost


def tell(score=None, bound=None):
    """A line for whoever measures us."""
    line = {"seconds": round(time.monotonic() - STARTED, 3)}
    for name, value in (("score", score), ("bound", bound)):
        if value is not None:
            line[name] = {"essential": int(value[0]), "cost": int(value[1])}
    print(json.dumps(line), flush=True)


def write(path, pairs):
    assignments = [{"volunteer": v, "position": p} for v, p in pairs]
    with open(path, "w", encoding="utf-8") as handle:
        json.dump({"format": "festival-plan/1", "assignments": assignments}, handle)


def lacks(package):
    print(f"this peer needs `pip install {package}`", file=sys.stderr)
    sys.exit(3)

"""What a careful coordinator does with a list and a pencil: the scarcest essential seats first, each given to whoever
has served least and lives nearest; then the welcome seats, where they are worth the way.

greedy.py PROBLEM PLAN SECONDS THREADS (the last two are of no use to it). Standard library alone.
"""

import sys

from _festival import Festival, tell, write


def main():
    problem, output = sys.argv[1:3]
    festival = Festival(problem)
    able = {name: [] for name in festival.positions}
    for who, options in festival.options():
        for position in options:
            able[position["id"]].append(who)
    foes = {}
    for one, other in festival.apart:
        foes.setdefault(one, set()).add(other)
        foes.setdefault(other, set()).add(one)
    held, crew, filled, plan = {}, {}, {}, []

    def fits(who, shift):
        mine, night = held.get(who["id"], []), shift["night"]
        if foes.get(who["id"], set()) & crew.get(shift["id"], set()):
            return False
        if any(festival.clash(shift, other) for other in mine):
            return False
        if sum(other["night"] == night for other in mine) >= who["max_shifts_per_night"]:
            return False
        nights = {other["night"] for other in mine} | {night}
        first = last = night
        while first - 1 in nights and festival.follows[first]:
            first -= 1
        while last + 1 in nights and festival.follows[last + 1]:
            last += 1
        return len(nights) <= who["max_nights"] and last - first < who["max_consecutive_nights"]

    def take(who, position):
        held.setdefault(who["id"], []).append(position["at"])
        crew.setdefault(position["shift"], set()).add(who["id"])
        filled[position["id"]] = filled.get(position["id"], 0) + 1
        plan.append((who["id"], position["id"]))

    for volunteer, position in festival.locked:
        take(festival.volunteers[volunteer], festival.positions[position])
    scarce = sorted(
        festival.positions.values(),
        key=lambda p: (-p["essential"], len(able[p["id"]]) / max(1, p["minimum"])),
    )
    for goal in ("minimum", "desired"):
        for position in scarce:
            missing = position[goal] - filled.get(position["id"], 0)
            if missing <= 0:
                continue
            shift, name = position["at"], position["id"]
            asked = sorted(able[name], key=lambda v: (len(held.get(v["id"], [])), festival.seat_cost(v, shift)))
            for who in asked:
                if missing == 0:
                    break
                if goal == "desired" and festival.seat_cost(who, shift) >= position["welcome"]:
                    continue
                if fits(who, shift):
                    take(who, position)
                    missing -= 1
    tell(score=festival.score(plan))
    write(output, plan)


main()

"""The festival as an integer programme that both solvers can read: whole variables with bounds and costs, and rows."""

# What an essential point costs: far more than filling a seat can.
ESSENTIAL = 100_000


class Programme:
    def __init__(self, festival):
        self.cost, self.upper, self.rows, self.constant = [], [], [], 0
        self.festival = festival
        # Volunteer and position to variable.
        self.seats = {}
        self.serve, self.stay = {}, {}
        self.people()
        self.demand()
        self.pairs()

    def variable(self, cost=0, upper=1):
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, least, most, *terms):
        """least <= sum of coefficient * variable <= most; None = no limit."""
        self.rows.append((least, most, [(c, v) for c, variables in terms for v in variables]))

    def people(self):
        festival, w = self.festival, self.festival.weights
        locked, published = set(festival.locked), festival.published
        for who, options in festival.options():
            name, by_shift, by_venue, by_night = who["id"], {}, {}, {}
            for position in options:
                shift = position["at"]
                seat = self.variable(festival.seat_cost(who, shift))
                self.seats[name, position["id"]] = seat
                if (name, position["id"]) in locked:
                    self.row(1, 1, (1, [seat]))
                by_shift.setdefault(shift["id"], []).append(seat)
                by_venue.setdefault(shift["venue"], []).append(seat)
                by_night.setdefault(shift["night"], []).append(seat)
                self.stay.setdefault((name, shift["night"], shift["venue"]), []).append(seat)
            every = [seat for seats in by_shift.values() for seat in seats]
            for night, seats in by_night.items():
                serves = self.serve[name, night] = self.variable()
                self.row(None, 0, (1, [serves]), (-1, seats))
                self.row(None, 0, (1, seats), (-who["max_shifts_per_night"], [serves]))
                if who["max_shifts_per_night"] > 1:
                    for seat in seats:
                        self.row(None, 0, (1, [seat]), (-1, [serves]))
            nights = {night: self.serve[name, night] for night in by_night}
            if len(nights) > who["max_nights"]:
                self.row(None, who["max_nights"], (1, nights.values()))
            run = []
            for night, follows in enumerate(festival.follows):
                run = run + [night] if follows else [night]
                run = run[-who["max_consecutive_nights"] - 1:]
                if len(run) > who["max_consecutive_nights"] and all(k in nights for k in run):
                    self.row(None, who["max_consecutive_nights"], (1, [nights[k] for k in run]))
            self.gaps(who, by_shift)
            for wish in who["wishes"]:
                sign = 1 if wish["want"] == "rest" else -1
                amount = w["wish"] * wish["weight"]
                self.constant += amount if sign < 0 else 0
                if wish["night"] in nights:
                    self.cost[nights[wish["night"]]] += sign * amount
            if who["min_shifts"]:
                self.row(who["min_shifts"], None, (1, every), (1, [self.variable(w["idle"], who["min_shifts"])]))
            most = min(len(by_shift), who["max_nights"] * who["max_shifts_per_night"])
            if every and w["fairness"]:
                # n squared is the sum of the first n odd numbers.
                self.row(0, 0, (1, every), (-1, [self.variable(w["fairness"] * (2 * k + 1)) for k in range(most)]))
            if len(by_venue) > 1 and w["continuity"]:
                venues = [self.variable(w["continuity"]) for _ in by_venue]
                for venue, seats in zip(venues, by_venue.values()):
                    for seat in seats:
                        self.row(None, 0, (1, [seat]), (-1, [venue]))
                some = self.variable(-w["continuity"])
                self.row(None, 0, (1, [some]), (-1, venues))
        self.constant += w["stability"] * len(published)
        for pair in published:
            if pair in self.seats:
                self.cost[self.seats[pair]] -= w["stability"]

    def gaps(self, who, by_shift):
        festival = self.festival
        shifts = [festival.shifts[name] for name in by_shift]
        for i, one in enumerate(shifts):
            if len(by_shift[one["id"]]) > 1:
                self.row(None, 1, (1, by_shift[one["id"]]))
            for other in shifts[i + 1:]:
                alone = one["night"] == other["night"] and who["max_shifts_per_night"] == 1
                if not alone and festival.clash(one, other):
                    self.row(None, 1, (1, by_shift[one["id"]] + by_shift[other["id"]]))

    def demand(self):
        takers = {name: [] for name in self.festival.positions}
        for (_, position), seat in self.seats.items():
            takers[position].append(seat)
        for name, position in self.festival.positions.items():
            minimum, desired = position["minimum"], position["desired"]
            short = self.variable(ESSENTIAL * position["essential"], minimum)
            lack = self.variable(position["welcome"], desired - minimum)
            self.row(None, desired, (1, takers[name]))
            self.row(minimum, None, (1, takers[name]), (1, [short]))
            self.row(desired, None, (1, takers[name]), (1, [short, lack]))

    def pairs(self):
        festival, amount = self.festival, self.festival.weights["companion"]
        at = {}
        for (name, position), seat in self.seats.items():
            at.setdefault((name, festival.positions[position]["shift"]), []).append(seat)
        for one, other in festival.apart:
            for shift in festival.shifts:
                if (one, shift) in at and (other, shift) in at:
                    self.row(None, 1, (1, at[one, shift] + at[other, shift]))
        for one, other in festival.companions:
            for night in range(len(festival.follows)):
                sides = [self.serve[name, night] for name in (one, other) if (name, night) in self.serve]
                if not sides:
                    continue
                apart, together = self.variable(amount), []
                for venue in {shift["venue"] for shift in festival.shifts.values() if shift["night"] == night}:
                    seats = [self.stay.get((name, night, venue)) for name in (one, other)]
                    if all(seats):
                        both = self.variable()
                        together.append(both)
                        for side in seats:
                            self.row(None, 0, (1, [both]), (-1, side))
                for side in sides:
                    self.row(0, None, (1, [apart]), (1, together), (-1, [side]))

    def plan(self, value):
        """The pairs whose variable is 1."""
        return [pair for pair, seat in self.seats.items() if value(seat) > 0.5]

    def bound(self, objective, plan):
        """What no plan with this one's essential costs less than; None where nothing is proven of it."""
        essential = self.festival.score(plan)[0]
        cost = objective - ESSENTIAL * essential
        return (essential, cost) if cost > 0 else None

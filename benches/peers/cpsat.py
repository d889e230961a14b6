"""CP-SAT (OR-Tools) on the integer programme of `_programme.py`.

cpsat.py PROBLEM PLAN SECONDS THREADS; needs `pip install ortools`.
"""

import sys
import time

from _festival import STARTED, Festival, lacks, tell, write
from _programme import Programme

try:
    from ortools.sat.python import cp_model
except ImportError:
    lacks("ortools")


class Told(cp_model.CpSolverSolutionCallback):
    def __init__(self, programme, variables):
        super().__init__()
        self.programme, self.variables = programme, variables

    def on_solution_callback(self):
        plan = self.programme.plan(lambda seat: self.value(self.variables[seat]))
        tell(score=self.programme.festival.score(plan))


def main():
    problem, output, seconds, threads = sys.argv[1:5]
    programme = Programme(Festival(problem))
    model = cp_model.CpModel()
    variables = [model.new_int_var(0, upper, "") for upper in programme.upper]
    for least, most, terms in programme.rows:
        total = cp_model.LinearExpr.weighted_sum([variables[v] for _, v in terms], [c for c, _ in terms])
        model.add_linear_constraint(
            total, cp_model.INT32_MIN if least is None else least, cp_model.INT32_MAX if most is None else most)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, programme.cost) + programme.constant)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = int(threads)
    solver.parameters.max_time_in_seconds = max(0.1, float(seconds) - (time.monotonic() - STARTED))
    status = solver.solve(model, Told(programme, variables))
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        plan = programme.plan(lambda seat: solver.value(variables[seat]))
        tell(score=programme.festival.score(plan), bound=programme.bound(round(solver.best_objective_bound), plan))
        write(output, plan)


main()

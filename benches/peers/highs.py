"""HiGHS, a mixed-integer solver, on the integer programme of `_programme.py`.

highs.py PROBLEM PLAN SECONDS THREADS; needs `pip install highspy`.
"""

import math
import sys
import time

from _festival import STARTED, Festival, lacks, tell, write
from _programme import Programme

try:
    import highspy
    import numpy as np
except ImportError:
    lacks("highspy")


def main():
    problem, output, seconds, threads = sys.argv[1:5]
    programme = Programme(Festival(problem))
    endless, count = highspy.kHighsInf, len(programme.cost)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(programme.rows)
    lp.col_cost_ = np.array(programme.cost, dtype=float)
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.array(programme.upper, dtype=float)
    lp.row_lower_ = np.array([-endless if least is None else least for least, _, _ in programme.rows], dtype=float)
    lp.row_upper_ = np.array([endless if most is None else most for _, most, _ in programme.rows], dtype=float)
    starts, columns, values = [0], [], []
    for _, _, terms in programme.rows:
        columns += [v for _, v in terms]
        values += [c for c, _ in terms]
        starts.append(len(columns))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = np.array(starts), np.array(columns)
    lp.a_matrix_.value_ = np.array(values, dtype=float)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    lp.offset_ = programme.constant
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", int(threads))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("time_limit", max(0.1, float(seconds) - (time.monotonic() - STARTED)))

    def better(event):
        plan = programme.plan(lambda seat: event.data_out.mip_solution[seat])
        tell(score=programme.festival.score(plan))

    solver.cbMipImprovingSolution.subscribe(better)
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        solution = list(solver.getSolution().col_value)
        plan = programme.plan(lambda seat: solution[seat])
        bound = math.ceil(info.mip_dual_bound - 1e-6) if math.isfinite(info.mip_dual_bound) else 0
        tell(score=programme.festival.score(plan), bound=programme.bound(bound, plan))
        write(output, plan)


main()

"""The other solvers, each on the same file. Every one gives the value of its plan, how many it matched, and its seconds
without reading the file. A score of 0 is a pair that may not be: to take it is to go without."""

import importlib
import resource
import time

import numpy


def read(path):
    """Places by mentor, scores by mentee and mentor."""
    data = numpy.fromfile(path, dtype=numpy.uint8)
    mentees, mentors = (int(number) for number in data[:8].view("<u4"))
    places = data[8 : 8 + mentors].astype(numpy.int64)
    scores = data[8 + mentors :].copy().view("<u2").reshape(mentees, mentors)
    return places, scores


def greedy(places, scores):
    """The best pair that is left, then the next."""
    left = places.copy()
    free = numpy.ones(len(scores), dtype=bool)
    order = numpy.argsort(scores, axis=None, kind="stable")[::-1]
    value = matched = 0
    for pair in order:
        mentee, mentor = divmod(int(pair), scores.shape[1])
        score = int(scores[mentee, mentor])
        if score == 0:
            break
        if free[mentee] and left[mentor] > 0:
            free[mentee] = False
            left[mentor] -= 1
            value += score
            matched += 1
    return value, matched


def scipy_assignment(places, scores):
    """A column for each place."""
    from scipy.optimize import linear_sum_assignment

    columns = numpy.repeat(numpy.arange(len(places)), places)
    rows, chosen = linear_sum_assignment(scores[:, columns], maximize=True)
    taken = scores[rows, columns[chosen]].astype(numpy.int64)
    return int(taken.sum()), int((taken > 0).sum())


def flow(places, scores, mentees, mentors):
    """Minimum-cost flow over the given pairs; whoever finds none goes without at no cost."""
    from ortools.graph.python import min_cost_flow

    count, wanted = scores.shape
    sink = count + wanted
    solver = min_cost_flow.SimpleMinCostFlow()
    worth = scores[mentees, mentors].astype(numpy.int64)
    one = numpy.ones(len(worth), dtype=numpy.int64)
    arcs = solver.add_arcs_with_capacity_and_unit_cost(mentees, count + mentors, one, -worth)
    every = numpy.arange(wanted)
    solver.add_arcs_with_capacity_and_unit_cost(count + every, numpy.full(wanted, sink), places, 0 * every)
    every = numpy.arange(count)
    solver.add_arcs_with_capacity_and_unit_cost(every, numpy.full(count, sink), every * 0 + 1, every * 0)
    solver.set_nodes_supplies(numpy.append(every, sink), numpy.append(every * 0 + 1, -count))
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("no flow")
    return -solver.optimal_cost(), int(solver.flows(arcs).sum())


def flow_dense(places, scores):
    """All pairs."""
    mentees, mentors = numpy.nonzero(scores)
    return flow(places, scores, mentees, mentors)


def flow_top(places, scores):
    """The 256 best pairs of each mentee: fast, but what it finds may not be the best."""
    best = min(256, scores.shape[1])
    mentors = numpy.argpartition(scores, -best, axis=1)[:, -best:].ravel()
    mentees = numpy.repeat(numpy.arange(len(scores)), best)
    allowed = scores[mentees, mentors] > 0
    return flow(places, scores, mentees[allowed], mentors[allowed])


def mentor_match(places, scores):
    """One round, as in its README: one mentee for each mentor."""
    from matching import process
    from matching.mentee import Mentee
    from matching.mentor import Mentor
    from matching.rules.rule import Disqualify, Rule

    class Score(Rule):
        def apply(self, match):
            return int(scores[match.mentee.grade, match.mentor.grade])

        def evaluate(self, match):
            raise NotImplementedError

    people = [[kind(grade=at, email=f"{kind.__name__}{at}") for at in range(size)]
              for kind, size in zip((Mentee, Mentor), scores.shape)]
    unfit = Disqualify(lambda match: scores[match.mentee.grade, match.mentor.grade] == 0)
    _, mentees = process.process_data(people[1], people[0], [[unfit, Score()]])
    taken = [int(scores[one.grade, mentor.grade]) for one in mentees for mentor in one.mentors]
    return sum(taken), len(taken)


# By name, with the module that is loaded before the clock starts.
SOLVERS = {
    "greedy": (greedy, "numpy"),
    "scipy": (scipy_assignment, "scipy.optimize"),
    "flow": (flow_dense, "ortools.graph.python.min_cost_flow"),
    "flow256": (flow_top, "ortools.graph.python.min_cost_flow"),
    "mentor-match": (mentor_match, "matching.process"),
}


def solve(name, path):
    """One solver on one instance, with the most memory that this process has had."""
    places, scores = read(path)
    solver, module = SOLVERS[name]
    importlib.import_module(module)
    started = time.perf_counter()
    value, matched = solver(places, scores)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"value": value, "matched": matched, "seconds": seconds, "peak_mib": peak}

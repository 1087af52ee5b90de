# SPDX-License-Identifier: GPL-2.0-or-later
"""The fit of a model's weights: lines first, habits then.

What is learnt of a vendor's habits is no part of the belief in lines: the weights of lines are fitted as if there were
no habits, and those of habits explain what these leave, bounded as the program bounds them. And no weight of a line may have
the wrong sign: one more identical line never lowers a belief.
"""
import numpy as np
from scipy.optimize import minimize

HABITS = {'prior', 'series', 'files', 'era', 'words', 'explained', 'around'}
# a line that becomes a hit raises (or leaves) these, and lowers those
RAISED = {'coverage', 'odds', 'hit', 'hit-added', 'hit-removed', 'place', 'place-hit', 'hunks-hit', 'hunks', 'told', 'coverage-all',
          'own', 'own-hit', 'coverage-later', 'trace-1', 'trace-3'}
LOWERED = {'miss', 'still', 'no-trace', 'same'}
STEPS = 400


def is_habit(name):
    return any(factor in HABITS for factor in name.split('.'))


def bounds_of(name):
    factors = set(name.split('.'))
    up, down = factors & RAISED, factors & LOWERED
    if up and down:
        return 0, 0
    if up:
        return 0, None
    if down:
        return None, 0
    return None, None


def minimise(z, y, w, offset, bounds, ridge):
    """Logistic regression with an OFFSET and BOUNDS; the first column is not shrunk."""
    def loss(weights):
        s = z @ weights + offset
        value = (w * (np.logaddexp(0, s) - y * s)).sum() + ridge / 2 * (weights[1:] ** 2).sum()
        gradient = z.T @ (w * (1 / (1 + np.exp(-np.clip(s, -50, 50))) - y))
        gradient[1:] += ridge * weights[1:]
        return value, gradient
    return minimize(loss, np.zeros(z.shape[1]), jac=True, method='L-BFGS-B', bounds=bounds, options={'maxiter': STEPS}).x


def fit(names, x, y, w, limit, ridge=3.0):
    """Weights by feature, for x (rows by features), labels y, row weights w. LIMIT: of the habits, in log odds."""
    w = w * (len(w) / w.sum())
    spread = x.std(0)
    spread[spread < 1e-6] = 1
    weights = np.zeros(len(names))
    lines = [i for i, name in enumerate(names) if not is_habit(name)]
    habits = [i for i, name in enumerate(names) if is_habit(name)]
    z = np.ascontiguousarray((x[:, lines] / spread[lines]).astype(np.float64))
    found = minimise(z, y, w, 0, [bounds_of(names[i]) for i in lines], ridge)
    weights[lines] = found / spread[lines]
    if habits:
        base = z @ found
        zh = np.ascontiguousarray(np.hstack([np.ones((len(x), 1)), x[:, habits] / spread[habits]]).astype(np.float64))
        bounds = [(0, 0)] + [(0, None) if names[i] in ('prior', 'series', 'files', 'era', 'words') else (None, None) for i in habits]
        weights[habits] = minimise(zh, y, w, base, bounds, ridge)[1:] / spread[habits]
    return weights


def ask(names, x, weights, limit):
    """The log odds as the program has them."""
    habit = np.array([is_habit(name) for name in names])
    return x[:, ~habit] @ weights[~habit] + np.clip(x[:, habit] @ weights[habit], -limit, limit)

# SPDX-License-Identifier: Apache-2.0
"""What interleaved pairs of runs say: the median of their ratios, with a bootstrap interval."""
import random
import statistics

DRAWS = 10_000


def interval(ratios):
    """The 2.5 and 97.5 percentiles of the median over samples drawn with replacement."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(DRAWS))
    return [medians[int(0.025 * DRAWS)], medians[int(0.975 * DRAWS) - 1]]


def compare(firsts, seconds):
    """A summary of firsts over seconds, run by run."""
    ratios = [first / second for first, second in zip(firsts, seconds)]
    return {"pairs": len(ratios), "ratio": statistics.median(ratios),
            "interval_95": interval(ratios)}

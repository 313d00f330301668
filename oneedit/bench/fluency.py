"""Whether a model still writes: the entropies of what it writes on."""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from math import log2
from statistics import fmean


def entropies(texts: Sequence[Sequence[Hashable]]) -> dict[str, float]:
    """Return the mean entropy of the bigrams and of the trigrams of each text, bits.

    A model that was damaged repeats itself, and both fall (Zhang et al. 2018, arXiv 1809.05972,
    used for edited models by Meng et al. 2022, arXiv 2202.05262).

    Args:
        texts: the tokens of each.
    """
    return {
        "bigram": fmean(_entropy(list(pairwise(text))) for text in texts),
        "trigram": fmean(_entropy(list(pairwise(pairwise(text)))) for text in texts),
    }


def _entropy(grams: Sequence[Hashable]) -> float:
    shares = [count / len(grams) for count in Counter(grams).values()]
    return -sum(share * log2(share) for share in shares)

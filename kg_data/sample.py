"""Print a seeded sample of shipped facts for people to check: ``python -m kg_data.sample``."""

import argparse
import random
import sys
from collections import Counter

from kg_data.shipped import shipped


def main() -> None:
    """Print the sample, one fact a line, with what is counted at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--relations", action="store_true", help="count facts by relation instead")
    arguments = parser.parse_args()
    facts = shipped().facts
    if arguments.relations:
        counts = Counter(fact.relation for fact in facts)
        sys.stdout.writelines(f"{n:6} {relation}\n" for relation, n in counts.most_common())
        return
    sample = random.Random(arguments.seed).sample(list(facts), min(arguments.count, len(facts)))
    for number, fact in enumerate(sorted(sample), start=1):
        ended = f" (until {fact.valid_to})" if fact.ended else ""
        sys.stdout.write(f"{number:4}. {fact.subject} | {fact.relation} | {fact.object}{ended}\n")


if __name__ == "__main__":
    main()

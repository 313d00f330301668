"""What a fact is: entities, triples, relations, wordings and questions, and the shipped facts."""

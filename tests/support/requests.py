"""A request that tiny random models are edited with."""

from editor.request import EditRequest
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook

BOOK = RelationBook.shipped()
TARGET = Question("Joe Biden", ("place_of_birth",), ("Springfield, Illinois",), Kind.RELIABILITY)
KEEP = Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.SPECIFICITY)
OTHER = Question("Marie Curie", ("field_of_work",), ("physics",), Kind.LOCALITY)
REQUEST = EditRequest((TARGET,), (KEEP, OTHER))

"""The editing methods by name, and the roles that three of them play."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from editor.errors import UnknownMethod
from editor.method import EditMethod
from editor.methods.anchored.joint import Joint
from editor.methods.anchored.method import CAREFUL, Anchored
from editor.methods.ft_m import FtM
from editor.methods.grace import Grace
from editor.methods.locate.alphaedit import AlphaEdit
from editor.methods.locate.memit import Memit
from editor.methods.locate.rome import Rome


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRegistry:
    """Editing methods by name.

    Attributes:
        methods: all of them, the default first.
        default: the method that solves an edit.
        fallback: the method that is tried if the default does not pass the gate.
        consolidation: the method that fits all live edits at once; "" where there is none.
    """

    methods: Mapping[str, EditMethod]
    default: str
    fallback: str
    consolidation: str

    @classmethod
    def shipped(cls) -> Self:
        """Return the methods that come with OneEdit, in their roles."""
        anchored, careful, joint = Anchored(), Anchored(CAREFUL, name="careful"), Joint()
        return cls.of(
            [anchored, careful, joint, Rome(), Memit(), AlphaEdit(), Grace(), FtM()],
            fallback=careful.name,
            consolidation=joint.name,
        )

    @classmethod
    def of(
        cls,
        methods: Sequence[EditMethod],
        *,
        fallback: str | None = None,
        consolidation: str = "",
    ) -> Self:
        """Return a registry of methods, of which the first is the default and the fallback."""
        default = methods[0].name
        return cls(
            methods={method.name: method for method in methods},
            default=default,
            fallback=fallback or default,
            consolidation=consolidation,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all methods, the default first."""
        return tuple(self.methods)

    @property
    def attempts(self) -> tuple[str, ...]:
        """Return the methods that an edit tries in turn."""
        return tuple(dict.fromkeys((self.default, self.fallback)))

    def __getitem__(self, name: str) -> EditMethod:
        """Return a method.

        Raises:
            UnknownMethod: no method has this name.
        """
        if name not in self.methods:
            raise UnknownMethod(name, self.names)
        return self.methods[name]

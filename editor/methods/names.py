"""The names of the editing methods that come with OneEdit, for those who do not load torch."""

SHIPPED = ("anchored", "careful", "joint", "rome", "memit", "alphaedit", "grace", "ft_m")
"""The default first, as in :meth:`editor.methods.registry.MethodRegistry.shipped`."""

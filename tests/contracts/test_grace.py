"""GRACE fulfils the contract of editing methods."""

from editor.method import EditMethod
from editor.methods.grace import Grace
from tests.contracts.edit_method import EditMethodContract


class TestGrace(EditMethodContract):
    @classmethod
    def method(cls) -> EditMethod:
        return Grace()

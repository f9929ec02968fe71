"""The door to keys. Nobody else reads or writes a file that holds one."""

from openhaven.keys.folder import Keys, TagsKey, VaultKey

__all__ = ["Keys", "TagsKey", "VaultKey"]

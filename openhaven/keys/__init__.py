"""The door to keys. Nobody else reads or writes a file that holds one."""

from openhaven.keys.folder import Keys, TagsKey, VaultKey
from openhaven.keys.provider import KeyProvider, Secret, Signing
from openhaven.keys.ring import master_id

__all__ = ["KeyProvider", "Keys", "Secret", "Signing", "TagsKey", "VaultKey", "master_id"]

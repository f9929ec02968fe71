"""People with their posts, and invitations."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from openhaven.desk.roles import Role

ID = 200  # characters, as in the records
EMAIL = 254  # characters, RFC 5321


class Person(AbstractBaseUser):
    """Who signs in, by e-mail address. Closed accounts stay, since what was done stays under their name."""

    email = models.EmailField(max_length=EMAIL, unique=True)
    name = models.CharField(max_length=ID)
    joined = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    objects = BaseUserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    def __str__(self) -> str:
        return self.name

    def holds(self, role: Role) -> bool:
        """Whether one of the posts is of that role."""
        return any(post.role == role for post in self.posts.all())


class Post(models.Model):
    """A role of a person; for an organisation of record where the role is not of the haven itself."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="posts")
    role = models.CharField(max_length=40, choices=[(each.value, each.value) for each in Role])
    organisation = models.CharField(max_length=ID, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "role", "organisation"], name="one_post"),
        ]

    def __str__(self) -> str:
        return f"{self.role}, {self.organisation}" if self.organisation else self.role


class Invitation(models.Model):
    """A link by which one person sets a password, once. Only its SHA-256 is kept; a later one ends the earlier."""

    email = models.EmailField(max_length=EMAIL, unique=True)
    name = models.CharField(max_length=ID)
    role = models.CharField(max_length=40, blank=True)
    organisation = models.CharField(max_length=ID, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    ends = models.DateTimeField()

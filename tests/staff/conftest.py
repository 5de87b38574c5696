import pytest

PASSWORD = "quatre-vingts canards lents"


@pytest.fixture
def account(db):
    """``account("redaction")`` makes an account with this role; no role at all without an argument."""
    from django.contrib.auth.models import Group, User

    from pimms_directory.staff.roles import ROLES

    def make(*roles: str, username: str = "camille", **fields):
        user = User.objects.create_user(username, password=PASSWORD, is_staff=True, **fields)
        user.groups.set(Group.objects.filter(name__in=[ROLES[role].name for role in roles]))
        return user

    return make

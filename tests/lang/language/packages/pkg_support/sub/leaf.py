from ..helper import VALUE
from .. import helper as h


def who():
    return __name__


def up():
    return VALUE, h.VALUE

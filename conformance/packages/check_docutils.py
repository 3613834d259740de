from docutils.core import publish_string

source = """
Title
=====

*Emphasis*, **strong**, ``literal``, a link_.

1. one
2. two

.. _link: http://example.org

.. note:: A note.

===  ===
a    b
===  ===
1    2
===  ===
"""
print(publish_string(source, writer="pseudoxml", settings_overrides={"report_level": 5}).decode())

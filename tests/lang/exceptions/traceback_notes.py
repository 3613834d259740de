# exit: 1
class Custom(Exception):
    pass


e = Custom("message", 1)
e.add_note("first note")
e.add_note("second\nnote")
raise e

# exit: 1
def func():
    value_long = 1
    return value_lonk


func()

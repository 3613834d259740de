__all__ = ["exported"]
exported = "star"


def __getattr__(name):
    if name == "dynamic":
        return "from module __getattr__"
    raise AttributeError(name)
